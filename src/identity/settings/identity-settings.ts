import { BlockList, isIP } from 'node:net';
import { RegistryError } from '../../errors.ts';
import { ACCESS_TOKEN, REFRESH_TOKEN, SESSION, SESSION_IDLE } from '../login/lifetimes.ts';

export type Restriction = 'NOT_SET' | 'RESTRICTED' | 'NOT_RESTRICTED';

/** An account's identity settings as IBM writes them: every number is a string (facts 3.3). */
export interface IdentitySettings {
  readonly restrict_create_service_id: Restriction;
  readonly restrict_create_platform_apikey: Restriction;
  readonly allowed_ip_addresses: string;
  readonly mfa: string;
  readonly session_expiration_in_seconds: string;
  readonly session_invalidation_in_seconds: string;
  readonly max_sessions_per_identity: string;
  readonly system_access_token_expiration_in_seconds: string;
  readonly system_refresh_token_expiration_in_seconds: string;
  readonly restrict_user_list_visibility: Restriction;
}

/** What they come to. Milliseconds. */
export interface IdentityLimits {
  readonly accessToken: number;
  readonly refreshToken: number;
  /** How long a session lasts at most, and how long without use. */
  readonly session: number;
  readonly sessionIdle: number;
  /** Sessions one identity may have at once; undefined for any number. */
  readonly maxSessions: number | undefined;
  /** Whether only the account's Administrators may make service IDs, or API keys of their own. */
  readonly restrictServiceIds: boolean;
  readonly restrictApiKeys: boolean;
  /** Whether credentials may be used from this address; everything may from an account that names no addresses. */
  admits(address: string | undefined): boolean;
}

const NOT_SET = 'NOT_SET';

export const DEFAULT_SETTINGS: IdentitySettings = {
  restrict_create_service_id: NOT_SET,
  restrict_create_platform_apikey: NOT_SET,
  allowed_ip_addresses: '',
  mfa: 'NONE',
  session_expiration_in_seconds: String(SESSION / 1000),
  session_invalidation_in_seconds: String(SESSION_IDLE / 1000),
  max_sessions_per_identity: NOT_SET,
  system_access_token_expiration_in_seconds: String(ACCESS_TOKEN / 1000),
  system_refresh_token_expiration_in_seconds: String(REFRESH_TOKEN / 1000),
  restrict_user_list_visibility: 'NOT_RESTRICTED',
};

/** IBM's bounds in seconds; of a session, those of its console. */
const BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  session_expiration_in_seconds: [900, 2_592_000],
  session_invalidation_in_seconds: [900, 7200],
  max_sessions_per_identity: [1, 10_000],
  system_access_token_expiration_in_seconds: [900, 3600],
  system_refresh_token_expiration_in_seconds: [900, 259_200],
};

/** Settings with changes made to them, NOT_SET in place of a number being its default. Throws BAD_REQUEST. */
export const changedSettings = (
  settings: IdentitySettings,
  changes: Partial<IdentitySettings>,
): IdentitySettings => {
  const known = Object.entries(changes).filter(([key]) => Object.hasOwn(DEFAULT_SETTINGS, key));
  const changed: IdentitySettings = { ...settings, ...Object.fromEntries(known) };
  for (const [key, [least, most]] of Object.entries(BOUNDS)) {
    const name = key as keyof IdentitySettings;
    if (changed[name] === NOT_SET) Object.assign(changed, { [name]: DEFAULT_SETTINGS[name] });
    else if (!isBetween(changed[name], least, most))
      throw refused(`${name} is NOT_SET or a number of ${least} to ${most}, written as a string`);
  }
  if (changed.mfa !== 'NONE') throw refused('mfa can only be NONE: there is no second factor here');
  if (changed.restrict_user_list_visibility === 'RESTRICTED')
    throw refused('restrict_user_list_visibility can only be NOT_RESTRICTED here');
  addressesOf(changed.allowed_ip_addresses);
  return changed;
};

export const limitsOf = (settings: IdentitySettings): IdentityLimits => {
  const admitted = addressesOf(settings.allowed_ip_addresses);
  const { max_sessions_per_identity: sessions } = settings;
  return {
    accessToken: seconds(settings.system_access_token_expiration_in_seconds),
    refreshToken: seconds(settings.system_refresh_token_expiration_in_seconds),
    session: seconds(settings.session_expiration_in_seconds),
    sessionIdle: seconds(settings.session_invalidation_in_seconds),
    maxSessions: sessions === NOT_SET ? undefined : Number(sessions),
    restrictServiceIds: settings.restrict_create_service_id === 'RESTRICTED',
    restrictApiKeys: settings.restrict_create_platform_apikey === 'RESTRICTED',
    admits: (address) => admitted === undefined || (address !== undefined && contains(admitted, address)),
  };
};

const seconds = (text: string): number => Number(text) * 1000;

const isBetween = (text: string, least: number, most: number): boolean =>
  /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most;

const refused = (message: string): RegistryError => new RegistryError('BAD_REQUEST', { message });

const familyOf = (address: string): 'ipv4' | 'ipv6' | undefined =>
  ({ 4: 'ipv4' as const, 6: 'ipv6' as const })[isIP(address)];

/** An address that came in over a dual-stack socket is the IPv4 address it stands for. */
const contains = (list: BlockList, address: string): boolean => {
  const plain = address.toLowerCase().startsWith('::ffff:') ? address.slice(7) : address;
  const family = familyOf(plain);
  return family !== undefined && list.check(plain, family);
};

/** Addresses, networks (`10.0.0.0/8`) and ranges (`10.0.0.1-10.0.0.9`), with commas between; undefined for none. */
const addressesOf = (text: string): BlockList | undefined => {
  const parts = text.split(',').flatMap((part) => part.trim() || []);
  if (parts.length === 0) return undefined;
  const list = new BlockList();
  for (const part of parts)
    if (!add(list, part)) throw refused(`allowed_ip_addresses: ${part} is no address`);
  return list;
};

const add = (list: BlockList, part: string): boolean => {
  const [, from = '', sign, to = ''] = /^([\da-fA-F.:]+)(?:([/-])([\da-fA-F.:]+))?$/.exec(part) ?? [];
  const family = familyOf(from);
  if (!family) return false;
  if (sign === undefined) list.addAddress(from, family);
  else if (sign === '-') {
    if (familyOf(to) !== family) return false;
    try {
      list.addRange(from, to, family);
    } catch {
      // the range ends before it begins
      return false;
    }
  } else {
    if (!isBetween(to, 0, family === 'ipv4' ? 32 : 128)) return false;
    list.addSubnet(from, Number(to), family);
  }
  return true;
};
