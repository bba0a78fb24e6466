import { BlockList, isIP } from 'node:net';
import { RegistryError } from '../../errors.ts';
import { ACCESS_TOKEN, REFRESH_TOKEN, SESSION, SESSION_IDLE } from '../login/lifetimes.ts';

export type Restriction = 'not-set' | 'restricted' | 'not-restricted';

/** What an account has settled about its identities. Times are in seconds. */
export interface IdentitySettings {
  readonly restrictServiceIds: Restriction;
  readonly restrictApiKeys: Restriction;
  readonly restrictUserList: Restriction;
  /** Addresses, networks and ranges, with commas between; empty for any address. */
  readonly allowedAddresses: string;
  readonly session: number;
  readonly sessionIdle: number;
  readonly accessToken: number;
  readonly refreshToken: number;
  /** Undefined for any number. */
  readonly maxSessions: number | undefined;
  /** People sign in at their identity provider: local passwords do not open this account. */
  readonly ssoRequired: boolean;
  /** API keys of people other than the owner work while their provider says that they are there. */
  readonly keysBoundToSignIn: boolean;
  /** How old what a provider says of a person may be; undefined for as old as the operator lets it be. */
  readonly signInRecheck: number | undefined;
}

/** Some settings as they are to be; `default` stands for what holds where nothing is settled. */
export type SettingsChanges = {
  readonly [Key in keyof IdentitySettings]?: IdentitySettings[Key] | 'default';
};

/** What they come to. Times are in milliseconds. */
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
  readonly ssoRequired: boolean;
  readonly keysBoundToSignIn: boolean;
  readonly signInRecheck: number | undefined;
  /** Whether credentials may be used from this address; everything may from an account that names no addresses. */
  admits(address: string | undefined): boolean;
}

export const DEFAULT_SETTINGS: IdentitySettings = {
  restrictServiceIds: 'not-set',
  restrictApiKeys: 'not-set',
  restrictUserList: 'not-restricted',
  allowedAddresses: '',
  session: SESSION / 1000,
  sessionIdle: SESSION_IDLE / 1000,
  accessToken: ACCESS_TOKEN / 1000,
  refreshToken: REFRESH_TOKEN / 1000,
  maxSessions: undefined,
  ssoRequired: false,
  keysBoundToSignIn: false,
  signInRecheck: undefined,
};

/** What callers and stored documents call each setting: IBM's names. */
export const SETTING_NAMES: Readonly<Record<keyof IdentitySettings, string>> = {
  restrictServiceIds: 'restrict_create_service_id',
  restrictApiKeys: 'restrict_create_platform_apikey',
  restrictUserList: 'restrict_user_list_visibility',
  allowedAddresses: 'allowed_ip_addresses',
  session: 'session_expiration_in_seconds',
  sessionIdle: 'session_invalidation_in_seconds',
  accessToken: 'system_access_token_expiration_in_seconds',
  refreshToken: 'system_refresh_token_expiration_in_seconds',
  maxSessions: 'max_sessions_per_identity',
  // ours
  ssoRequired: 'sso_required',
  keysBoundToSignIn: 'apikeys_bound_to_sign_in',
  signInRecheck: 'sign_in_recheck_in_seconds',
};

/** IBM's bounds; of a session, those of its console. */
const BOUNDS = {
  session: [900, 2_592_000],
  sessionIdle: [900, 7200],
  maxSessions: [1, 10_000],
  accessToken: [900, 3600],
  refreshToken: [900, 259_200],
  signInRecheck: [60, 86_400],
} as const;

/** Settings with changes made to them. Throws BAD_REQUEST. */
export const changedSettings = (settings: IdentitySettings, changes: SettingsChanges): IdentitySettings => {
  const changed = { ...settings };
  for (const key of Object.keys(SETTING_NAMES) as (keyof IdentitySettings)[]) {
    const value = changes[key];
    if (value !== undefined)
      Object.assign(changed, { [key]: value === 'default' ? DEFAULT_SETTINGS[key] : value });
  }
  for (const key of Object.keys(BOUNDS) as (keyof typeof BOUNDS)[]) refuseBeyond(key, changed[key]);
  if (changed.restrictUserList === 'restricted')
    throw refused('restrict_user_list_visibility can only be NOT_RESTRICTED here');
  addressesOf(changed.allowedAddresses);
  return changed;
};

const refuseBeyond = (key: keyof typeof BOUNDS, value: number | undefined): void => {
  const [least, most] = BOUNDS[key];
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw refused(`${SETTING_NAMES[key]} is NOT_SET or a number of ${least} to ${most}, written as a string`);
};

export const limitsOf = (settings: IdentitySettings): IdentityLimits => {
  const admitted = addressesOf(settings.allowedAddresses);
  return {
    accessToken: settings.accessToken * 1000,
    refreshToken: settings.refreshToken * 1000,
    session: settings.session * 1000,
    sessionIdle: settings.sessionIdle * 1000,
    maxSessions: settings.maxSessions,
    restrictServiceIds: settings.restrictServiceIds === 'restricted',
    restrictApiKeys: settings.restrictApiKeys === 'restricted',
    ssoRequired: settings.ssoRequired,
    keysBoundToSignIn: settings.keysBoundToSignIn,
    signInRecheck: settings.signInRecheck === undefined ? undefined : settings.signInRecheck * 1000,
    admits: (address) => admitted === undefined || (address !== undefined && contains(admitted, address)),
  };
};

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
    if (!add(list, part))
      throw refused(`allowed_ip_addresses: ${part} is not an address, a network or a range`);
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
