import { type ComputeIssuer, isFetchable } from '../identity/room.ts';
import { SettingError } from './values.ts';
import { readYaml, recordOf, refuseOthers, textOf, textsOf } from './yaml-file.ts';

/** The file that TIDEGATE_COMPUTE_ISSUERS_FILE names. Anything it does not understand in it is refused. */
export const computeIssuers = (path: string): ComputeIssuer[] => {
  const { issuers, ...others } = recordOf(readYaml(path), 'it');
  refuseOthers(others, 'the file');
  if (!Array.isArray(issuers) || issuers.length === 0)
    throw new SettingError(`names a file without issuers: ${path} begins with "issuers:" and a list`);
  return issuers.map(issuerOf);
};

const issuerOf = (value: unknown, index: number): ComputeIssuer => {
  const at = `issuer ${index + 1}`;
  const { issuer, audiences, cr_type, crn, jwks, jwks_file, jwks_url, ...others } = recordOf(value, at);
  refuseOthers(others, at);
  const keys = [
    ...(jwks === undefined ? [] : [keySetOf(jwks, at)]),
    ...(jwks_file === undefined ? [] : [keySetOf(readYaml(textOf(jwks_file, at, 'jwks_file', 4096)), at)]),
    ...(jwks_url === undefined ? [] : [addressOf(textOf(jwks_url, at, 'jwks_url', 2000), at)]),
  ];
  const [only, ...more] = keys;
  if (!only || more.length > 0)
    throw new SettingError(`${at} needs exactly one of jwks, jwks_file and jwks_url`);
  const named = textOf(crn, at, 'crn', 500);
  if (!/^crn:v1:[^:]*:[^:]*:[^:]*:[^:]*:a\/[^:]+:[^:]+:[^:]*:[^:]*$/.test(named))
    throw new SettingError(
      `${at} needs a crn such as crn:v1:bluemix:public:containers-kubernetes:us-south:a/<account>:<cluster>::`,
    );
  return {
    issuer: textOf(issuer, at, 'issuer', 500),
    audiences: textsOf(audiences, at, 'audiences', 500),
    crType: textOf(cr_type, at, 'cr_type', 100),
    crn: named,
    keys: only,
  };
};

/** Public keys only: a symmetric or a private key is refused. */
const keySetOf = (value: unknown, at: string): Exclude<ComputeIssuer['keys'], URL> => {
  const { keys } = recordOf(value, at);
  const isPublic = (key: unknown): boolean => {
    const { kty, d } = recordOf(key, at);
    return (kty === 'RSA' || kty === 'EC') && d === undefined;
  };
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isPublic))
    throw new SettingError(`${at} needs a JWKS of public RSA or EC keys: {"keys": [...]}`);
  return { keys };
};

const addressOf = (text: string, at: string): URL => {
  const url = URL.parse(text);
  if (url && isFetchable(url)) return url;
  throw new SettingError(`jwks_url of ${at} must be an https address`);
};
