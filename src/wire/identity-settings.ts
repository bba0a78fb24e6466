/** Identity settings of an account. Source: IBM IAM Identity Services API, `Account settings`. */
import { type Static, Type } from 'typebox';
import { History, ResponseContext } from './iam-entities.ts';

const Restriction = Type.Union([
  Type.Literal('NOT_SET'),
  Type.Literal('RESTRICTED'),
  Type.Literal('NOT_RESTRICTED'),
]);
const NumberText = Type.String({ maxLength: 20, description: 'A number as a string, or NOT_SET' });

const SETTINGS = {
  restrict_create_service_id: Restriction,
  restrict_create_platform_apikey: Restriction,
  allowed_ip_addresses: Type.String({
    maxLength: 4000,
    description: 'Addresses, networks (10.0.0.0/8) and ranges (10.0.0.1-10.0.0.9), separated by commas',
  }),
  mfa: Type.String({ maxLength: 50, description: 'NONE: multi-factor authentication is not supported' }),
  session_expiration_in_seconds: NumberText,
  session_invalidation_in_seconds: NumberText,
  max_sessions_per_identity: NumberText,
  system_access_token_expiration_in_seconds: NumberText,
  system_refresh_token_expiration_in_seconds: NumberText,
  restrict_user_list_visibility: Restriction,
  sso_required: Type.Boolean({ description: 'Ours: local passwords do not open this account' }),
  apikeys_bound_to_sign_in: Type.Boolean({
    description:
      "Ours: people's API keys, but not the owner's, work while their identity provider knows them",
  }),
  sign_in_recheck_in_seconds: Type.String({
    maxLength: 20,
    description:
      'Ours: how old what an identity provider says of a person may be; NOT_SET: as the operator says',
  }),
};
/** Second factors and domains of single users: always none here. */
const NONE = { user_mfa: Type.Array(Type.Unknown()), restrict_user_domains: Type.Array(Type.Unknown()) };

export const IdentitySettings = Type.Object({
  context: Type.Optional(ResponseContext),
  account_id: Type.String(),
  entity_tag: Type.String({ description: 'Version, for If-Match' }),
  history: Type.Optional(History),
  ...SETTINGS,
  ...NONE,
});
export type IdentitySettings = Static<typeof IdentitySettings>;

/** What is left out stays as it is. */
export const IdentitySettingsUpdate = Type.Partial(
  Type.Object({
    ...SETTINGS,
    user_mfa: Type.Array(Type.Null(), { maxItems: 0 }),
    restrict_user_domains: Type.Array(Type.Null(), { maxItems: 0 }),
  }),
);
export type IdentitySettingsUpdate = Static<typeof IdentitySettingsUpdate>;

/** No template of an enterprise stands above an account here: what is effective is what the account says. */
export const EffectiveSettings = Type.Object({
  context: Type.Optional(ResponseContext),
  account_id: Type.String(),
  effective: Type.Object({ ...SETTINGS, ...NONE }),
  account: IdentitySettings,
  assigned_templates: Type.Array(Type.Unknown()),
});
