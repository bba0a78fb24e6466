import { readFileSync } from 'node:fs';
import type { PeopleClient, SignUp } from '../identity/room.ts';
import { SettingError } from './values.ts';
import { recordOf, refuseOthers, textOf, textsOf } from './yaml-file.ts';

/** The part of an issuer of TIDEGATE_ISSUERS_FILE that says how people sign in through it. */

const DEFAULT_SCOPES = ['openid', 'email', 'profile', 'offline_access'];
const MOST_PARAMETERS = 20;
const DAY = 24 * 60;

/** What this registry says itself in each authorization request. */
const OWN_PARAMETERS = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'scope',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
];

/** Takes the keys about people off an issuer. `files`: those it names are added. */
export const peopleOf = (
  value: Record<string, unknown>,
  isForPeople: boolean,
  at: string,
  files: string[],
): { people: PeopleClient | undefined; rest: object } => {
  if (!isForPeople) return { people: undefined, rest: value };
  const {
    label,
    client_id,
    client_secret_file,
    scopes,
    authorization_parameters,
    claims_from,
    groups_claim,
    people,
    ...rest
  } = value;
  const clientId = textOf(client_id, at, 'client_id', 500);
  const { sign_up, recheck_minutes, grace_minutes, ...others } =
    people === undefined ? {} : recordOf(people, `people of ${at}`);
  refuseOthers(others, `people of ${at}`);
  const made: PeopleClient = {
    label: label === undefined ? '' : textOf(label, at, 'label', 100),
    clientId,
    clientSecret: secretOf(client_secret_file, at, files),
    scopes: scopesOf(scopes, at),
    parameters: parametersOf(authorization_parameters, at),
    fromUserInfo: isFromUserInfo(claims_from, at),
    groupsClaim: groups_claim === undefined ? 'groups' : textOf(groups_claim, at, 'groups_claim', 200),
    signUp: sign_up === undefined ? undefined : signUpOf(sign_up, `sign_up of ${at}`),
    recheckMinutes: minutesOf(recheck_minutes, 60, [1, DAY], `${at}: recheck_minutes`),
    graceMinutes: minutesOf(grace_minutes, 60, [0, 7 * DAY], `${at}: grace_minutes`),
  };
  return { people: made, rest };
};

/** Read now: a file that cannot be read is an error of the setting. A new secret counts as a change of the file. */
const secretOf = (value: unknown, at: string, files: string[]): PeopleClient['clientSecret'] => {
  if (value === undefined) return undefined;
  const path = textOf(value, at, 'client_secret_file', 4096);
  files.push(path);
  const secret = readSecret(path, at);
  if (secret === '' || secret.length > 1000 || /\s/.test(secret))
    throw new SettingError(
      `${at}: client_secret_file ${path} must hold one secret of at most 1000 characters`,
    );
  return () => secret;
};

const readSecret = (path: string, at: string): string => {
  try {
    return readFileSync(path, 'utf8').slice(0, 5000).trim();
  } catch (error) {
    throw new SettingError(`${at}: client_secret_file cannot be read (${(error as Error).message})`);
  }
};

const scopesOf = (value: unknown, at: string): readonly string[] => {
  const scopes = value === undefined ? DEFAULT_SCOPES : textsOf(value, at, 'scopes', 200);
  if (scopes.includes('openid')) return scopes;
  throw new SettingError(`${at}: scopes must have openid`);
};

const parametersOf = (value: unknown, at: string): Readonly<Record<string, string>> => {
  if (value === undefined) return {};
  const parameters = Object.entries(recordOf(value, `authorization_parameters of ${at}`));
  if (parameters.length > MOST_PARAMETERS)
    throw new SettingError(`${at} has more than ${MOST_PARAMETERS} authorization_parameters`);
  const own = parameters.find(([name]) => OWN_PARAMETERS.includes(name));
  if (own) throw new SettingError(`${at}: authorization_parameters cannot have ${own[0]}`);
  return Object.fromEntries(
    parameters.map(([name, text]) => [name, textOf(text, at, `authorization_parameters.${name}`, 500)]),
  );
};

const isFromUserInfo = (value: unknown, at: string): boolean => {
  if (value === undefined || value === 'id_token') return false;
  if (value === 'userinfo') return true;
  throw new SettingError(`${at}: claims_from must be id_token or userinfo`);
};

/** Without a condition everyone whom the provider knows would become a user. */
const signUpOf = (value: unknown, at: string): SignUp => {
  const { account, email_domains, groups, ...others } = recordOf(value, at);
  refuseOthers(others, at);
  if (email_domains === undefined && groups === undefined)
    throw new SettingError(`${at} needs email_domains or groups: without them everyone signs up`);
  return {
    account: textOf(account, at, 'account', 100),
    emailDomains:
      email_domains === undefined
        ? undefined
        : textsOf(email_domains, at, 'email_domains', 253).map((domain) => domain.toLowerCase()),
    groups: groups === undefined ? undefined : textsOf(groups, at, 'groups', 500),
  };
};

const minutesOf = (
  value: unknown,
  usual: number,
  [least, most]: readonly [number, number],
  what: string,
): number => {
  if (value === undefined) return usual;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SettingError(`${what} must be a number of minutes from ${least} to ${most}`);
};
