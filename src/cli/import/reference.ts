import { CliError } from '../cli-error.ts';
import { endpointOf } from '../endpoint.ts';
import { EXIT } from '../exit-codes.ts';
import { isDigest, isRepository, isTag } from './source.ts';

/** What a person typed as the source. */
export type SourceName =
  | {
      readonly kind: 'registry';
      readonly origin: string;
      readonly repository: string;
      readonly reference: string | undefined;
    }
  | { readonly kind: 'archive'; readonly path: string }
  | { readonly kind: 'layout'; readonly path: string };

const FORMS = 'docker://HOST/REPOSITORY[:TAG], docker-archive:FILE or oci:FOLDER';

const wrong = (text: string, why: string): CliError =>
  new CliError(EXIT.USAGE, `'${text}' is no source of images: ${why}.`);

/** Docker's own registry answers at another name than the one that people write. */
const DOCKER_HUB = /^https:\/\/(?:index\.)?docker\.io$/;

export const sourceNameOf = (text: string, plainHttp: boolean): SourceName => {
  if (text.startsWith('docker-archive:')) return { kind: 'archive', path: pathIn(text, 'docker-archive:') };
  if (text.startsWith('oci:')) return { kind: 'layout', path: pathIn(text, 'oci:') };
  if (!text.startsWith('docker://')) throw wrong(text, `write ${FORMS}`);
  const [host = '', ...rest] = text.slice('docker://'.length).split('/');
  if (!/^[A-Za-z0-9[\]:._-]+$/.test(host)) throw wrong(text, `write ${FORMS}`);
  const endpoint = endpointOf(plainHttp ? `http://${host}` : host);
  const origin = DOCKER_HUB.test(endpoint) ? 'https://registry-1.docker.io' : endpoint;
  const { name, reference } = splitReference(rest.join('/').replace(/\/$/, ''));
  const repository = origin === endpoint || name === '' || name.includes('/') ? name : `library/${name}`;
  if (repository !== '' && !isRepository(repository))
    throw wrong(text, `'${name}' is no name of a repository`);
  if (reference !== undefined && !isTag(reference) && !isDigest(reference))
    throw wrong(text, `'${reference}' is neither a tag nor a digest`);
  return { kind: 'registry', origin, repository, reference };
};

const pathIn = (text: string, scheme: string): string => {
  const path = text.slice(scheme.length);
  if (path === '') throw wrong(text, 'a path is missing');
  return path;
};

const splitReference = (text: string): { name: string; reference: string | undefined } => {
  const at = text.indexOf('@');
  if (at >= 0) return { name: text.slice(0, at).replace(/:[^:/]*$/, ''), reference: text.slice(at + 1) };
  const [, name = text, tag] = /^(.*):([^:/]*)$/.exec(text) ?? [];
  return { name, reference: tag };
};

/** What --to says, without a slash at its end. */
export const prefixOf = (to: string | undefined): string | undefined => {
  const prefix = to?.replace(/\/$/, '');
  if (prefix === undefined || isRepository(prefix)) return prefix;
  throw new CliError(EXIT.USAGE, `--to: '${to}' is no name of a repository: write NAMESPACE/REPOSITORY.`);
};

/**
 * The repository here of one at the source. Without --to it is the same. With --all, --to is put before it; without, it is
 * the repository itself.
 */
export const destinationOf = (repository: string, to: string | undefined, all: boolean): string => {
  const prefix = prefixOf(to);
  const name =
    prefix === undefined ? repository : all && repository !== '' ? `${prefix}/${repository}` : prefix;
  if (name === '')
    throw new CliError(
      EXIT.USAGE,
      'The source does not say how this image is called; say it: --to NAMESPACE/REPOSITORY.',
    );
  if (!name.includes('/'))
    throw new CliError(
      EXIT.USAGE,
      `'${name}' has no namespace; say where the image is to be: --to NAMESPACE${all ? '' : `/${name}`}.`,
    );
  return name;
};
