import { RegistryError } from '../errors.ts';

/** Where a bucket is, from `s3://bucket/prefix?endpoint=…&region=…&path_style=true`. */
export interface S3Location {
  readonly bucket: string;
  /** Empty, or ending in a slash. */
  readonly prefix: string;
  /** Absent: AWS's own, or the one of AWS's usual settings. */
  readonly endpoint?: string;
  /** Where clients reach the server, if elsewhere than this process does: for redirects. */
  readonly publicEndpoint?: string;
  readonly region?: string;
  readonly pathStyle: boolean;
}

const PARAMETERS = ['endpoint', 'public_endpoint', 'region', 'path_style'];

const invalid = (what: string): RegistryError =>
  new RegistryError('BAD_REQUEST', {
    message: `the blob store's address ${what}; it reads s3://bucket/prefix?endpoint=URL&region=NAME&path_style=true`,
  });

/** Reads the address; what it does not understand is refused, and credentials have no place in it. */
export const parseS3Url = (text: string): S3Location => {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 's3:' || url.hostname === '') throw invalid('names no bucket');
  if (url.username !== '' || url.password !== '')
    throw invalid('holds credentials, which come from the environment');
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.includes(name)) throw invalid(`has an unknown parameter "${name}"`);
    if (url.searchParams.getAll(name).length > 1) throw invalid(`has the parameter "${name}" twice`);
  }
  if (url.hash !== '') throw invalid('has a # in it');
  const endpoint = url.searchParams.get('endpoint');
  const publicEndpoint = url.searchParams.get('public_endpoint');
  for (const address of [endpoint, publicEndpoint]) {
    if (address === null) continue;
    const parsed = URL.parse(address);
    if (parsed === null || !/^https?:$/.test(parsed.protocol))
      throw invalid('has an endpoint that is not an http URL');
    if (parsed.username !== '' || parsed.password !== '')
      throw invalid('holds credentials in an endpoint; they come from the environment');
  }
  const pathStyle = url.searchParams.get('path_style') ?? 'false';
  if (pathStyle !== 'true' && pathStyle !== 'false')
    throw invalid('has a path_style other than true or false');
  const region = url.searchParams.get('region') ?? (endpoint === null ? null : 'us-east-1');
  const folder = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '');
  return {
    bucket: url.hostname,
    prefix: folder === '' ? '' : `${folder}/`,
    ...(endpoint === null ? {} : { endpoint }),
    ...(publicEndpoint === null ? {} : { publicEndpoint }),
    ...(region === null ? {} : { region }),
    pathStyle: pathStyle === 'true',
  };
};
