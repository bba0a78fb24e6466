import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { ComputeIssuer } from '../identity/room.ts';
import { SettingError } from './values.ts';

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
  const text = (key: string, given: unknown): string => {
    if (typeof given === 'string' && given !== '') return given;
    throw new SettingError(`${at} needs ${key}`);
  };
  const list = Array.isArray(audiences) ? audiences : [];
  if (list.length === 0 || !list.every((each) => typeof each === 'string' && each !== ''))
    throw new SettingError(
      `${at} needs audiences: a list of one or more names that its tokens must be made for`,
    );
  const keys = [
    ...(jwks === undefined ? [] : [keySetOf(jwks, at)]),
    ...(jwks_file === undefined ? [] : [keySetOf(readYaml(text('jwks_file', jwks_file)), at)]),
    ...(jwks_url === undefined ? [] : [addressOf(text('jwks_url', jwks_url), at)]),
  ];
  const [only, ...more] = keys;
  if (!only || more.length > 0)
    throw new SettingError(`${at} needs exactly one of jwks, jwks_file and jwks_url`);
  const named = text('crn', crn);
  if (!/^crn:v1:[^:]*:[^:]*:[^:]*:[^:]*:a\/[^:]+:[^:]+:[^:]*:[^:]*$/.test(named))
    throw new SettingError(
      `${at} needs a crn such as crn:v1:bluemix:public:containers-kubernetes:us-south:a/<account>:<cluster>::`,
    );
  return {
    issuer: text('issuer', issuer),
    audiences: list,
    crType: text('cr_type', cr_type),
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
  const isLoopback = url !== null && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))) return url;
  throw new SettingError(`jwks_url of ${at} must be an https address`);
};

const readYaml = (path: string): unknown => {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SettingError(`names a file that cannot be used: ${path} (${(error as Error).message})`);
  }
};

const recordOf = (value: unknown, what: string): Record<string, unknown> => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new SettingError(`must have keys and values in ${what}`);
};

const refuseOthers = (others: object, where: string): void => {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new SettingError(`${where} has an unknown key ${unknown}`);
};
