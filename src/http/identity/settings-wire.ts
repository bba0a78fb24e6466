import type { Static } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type {
  Restriction,
  SettingsChanges,
  IdentitySettings as StoredSettings,
  VersionedSettings,
} from '../../identity/room.ts';
import type {
  EffectiveSettings,
  IdentitySettings,
  IdentitySettingsUpdate,
} from '../../wire/identity-settings.ts';

/** IBM's settings: every number is a string, and NOT_SET in place of one is its default. */
type WireRestriction = IdentitySettings['restrict_create_service_id'];

const NOT_SET = 'NOT_SET';

export const wireSettings = (
  accountId: string,
  { settings, entityTag }: VersionedSettings,
): IdentitySettings => ({ account_id: accountId, entity_tag: entityTag, ...wireValues(settings) });

export const wireValues = (settings: StoredSettings): Static<typeof EffectiveSettings>['effective'] => ({
  restrict_create_service_id: WORDS[settings.restrictServiceIds],
  restrict_create_platform_apikey: WORDS[settings.restrictApiKeys],
  allowed_ip_addresses: settings.allowedAddresses,
  mfa: 'NONE',
  session_expiration_in_seconds: String(settings.session),
  session_invalidation_in_seconds: String(settings.sessionIdle),
  max_sessions_per_identity: settings.maxSessions === undefined ? NOT_SET : String(settings.maxSessions),
  system_access_token_expiration_in_seconds: String(settings.accessToken),
  system_refresh_token_expiration_in_seconds: String(settings.refreshToken),
  restrict_user_list_visibility: WORDS[settings.restrictUserList],
  sso_required: settings.ssoRequired,
  apikeys_bound_to_sign_in: settings.keysBoundToSignIn,
  sign_in_recheck_in_seconds: settings.signInRecheck === undefined ? NOT_SET : String(settings.signInRecheck),
  user_mfa: [],
  restrict_user_domains: [],
});

/** What a body changes. Throws BAD_REQUEST for a second factor; the room bounds the numbers. */
export const changesOf = (body: IdentitySettingsUpdate): SettingsChanges => {
  if (body.mfa !== undefined && body.mfa !== 'NONE')
    throw new RegistryError('BAD_REQUEST', {
      message: 'mfa can only be NONE: multi-factor authentication is not supported',
    });
  const changes: { -readonly [Key in keyof SettingsChanges]: SettingsChanges[Key] | undefined } = {
    restrictServiceIds: restrictionOf(body.restrict_create_service_id),
    restrictApiKeys: restrictionOf(body.restrict_create_platform_apikey),
    restrictUserList: restrictionOf(body.restrict_user_list_visibility),
    allowedAddresses: body.allowed_ip_addresses,
    session: numberOf(body.session_expiration_in_seconds),
    sessionIdle: numberOf(body.session_invalidation_in_seconds),
    accessToken: numberOf(body.system_access_token_expiration_in_seconds),
    refreshToken: numberOf(body.system_refresh_token_expiration_in_seconds),
    maxSessions: numberOf(body.max_sessions_per_identity),
    ssoRequired: body.sso_required,
    keysBoundToSignIn: body.apikeys_bound_to_sign_in,
    signInRecheck: numberOf(body.sign_in_recheck_in_seconds),
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
};

const WORDS: Readonly<Record<Restriction, WireRestriction>> = {
  'not-set': NOT_SET,
  restricted: 'RESTRICTED',
  'not-restricted': 'NOT_RESTRICTED',
};

const restrictionOf = (word: WireRestriction | undefined): Restriction | undefined =>
  (Object.keys(WORDS) as Restriction[]).find((each) => WORDS[each] === word);

/** What is not written as a number is NaN, which lies within no bounds. */
const numberOf = (text: string | undefined): number | 'default' | undefined => {
  if (text === undefined) return undefined;
  if (text === NOT_SET) return 'default';
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
};
