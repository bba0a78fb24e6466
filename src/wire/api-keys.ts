/** API keys of IAM, /v1/apikeys. Source: IBM IAM Identity Services API, `API key Operations`. */
import { type Static, Type } from 'typebox';
import {
  AccountId,
  EntityDescription,
  EntityName,
  History,
  IamDate,
  PAGE,
  PAGE_QUERY,
  ResponseContext,
} from './iam-entities.ts';

export const ApiKeyActivity = Type.Object({
  last_authn: Type.Optional(IamDate),
  authn_count: Type.Integer(),
});

/** Tidegate's own. One of the secrets that sign in as a key; its value is shown nowhere. */
export const ApiKeySecret = Type.Object({
  number: Type.Integer({ description: 'Secrets of a key are counted from 1' }),
  created_at: IamDate,
  expires_at: Type.Optional(
    Type.Unsafe<string>({
      ...IamDate,
      description: 'When it is refused; the newest lives as long as its key',
    }),
  ),
  last_used_at: Type.Optional(IamDate),
  last_used_from: Type.Optional(Type.String({ description: 'Address of the client' })),
  last_used_with: Type.Optional(Type.String({ description: 'User-Agent of the client' })),
  safe_to_delete: Type.Boolean({
    description: 'The next secret is in use, and this one was not used since that was made',
  }),
});
export type ApiKeySecret = Static<typeof ApiKeySecret>;

export const ApiKey = Type.Object({
  context: Type.Optional(ResponseContext),
  id: Type.String({ description: 'ApiKey-<uuid>' }),
  entity_tag: Type.String({ description: 'Version, for If-Match' }),
  crn: Type.String(),
  locked: Type.Boolean(),
  disabled: Type.Optional(Type.Boolean()),
  created_at: Type.Optional(IamDate),
  created_by: Type.String({ description: 'IAM id of its creator' }),
  modified_at: Type.Optional(IamDate),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  iam_id: Type.String({ description: 'IAM id of the identity the key belongs to' }),
  account_id: Type.String(),
  support_sessions: Type.Optional(Type.Boolean()),
  action_when_leaked: Type.Optional(Type.String({ description: 'none, disable or delete' })),
  expires_at: Type.Optional(IamDate),
  apikey: Type.Optional(
    Type.String({ description: 'The secret: only in the answer that creates the key, empty elsewhere' }),
  ),
  history: Type.Optional(History),
  activity: Type.Optional(ApiKeyActivity),
  secrets: Type.Optional(
    Type.Array(ApiKeySecret, { description: "Tidegate's own: the secrets that sign in, the newest first" }),
  ),
});
export type ApiKey = Static<typeof ApiKey>;

const WhenLeaked = Type.Union([Type.Literal('none'), Type.Literal('disable'), Type.Literal('delete')]);

/** What a key may be made with, wherever one is made. */
export const API_KEY_FIELDS = {
  name: EntityName,
  description: Type.Optional(EntityDescription),
  apikey: Type.Optional(
    Type.String({ maxLength: 1024, description: 'A chosen secret of 32 characters or more' }),
  ),
  store_value: Type.Optional(
    Type.Boolean({ description: 'Accepted and never honoured: secrets are kept as hashes only' }),
  ),
  support_sessions: Type.Optional(Type.Boolean()),
  action_when_leaked: Type.Optional(WhenLeaked),
  expires_at: Type.Optional(IamDate),
};

export const ApiKeyCreate = Type.Object({
  ...API_KEY_FIELDS,
  iam_id: Type.String({ maxLength: 256 }),
  account_id: Type.Optional(AccountId),
});
export type ApiKeyCreate = Static<typeof ApiKeyCreate>;

/** What is left out stays as it is. */
export const ApiKeyUpdate = Type.Object({
  name: Type.Optional(EntityName),
  description: Type.Optional(EntityDescription),
  support_sessions: Type.Optional(Type.Boolean()),
  action_when_leaked: Type.Optional(WhenLeaked),
  expires_at: Type.Optional(
    Type.String({ maxLength: 50, description: 'yyyy-MM-ddTHH:mm+0000, UTC; empty: the key expires no more' }),
  ),
});
export type ApiKeyUpdate = Static<typeof ApiKeyUpdate>;

/** Tidegate's own. */
export const ApiKeyRotate = Type.Object({
  grace: Type.Optional(
    Type.Integer({
      // null is read as 0, and must not end a secret that is in use
      minimum: 1,
      maximum: 2_592_000,
      description: 'Seconds for which the secret of now still signs in; a day where absent, 30 days at most',
    }),
  ),
  apikey: API_KEY_FIELDS.apikey,
  expires_at: Type.Optional(IamDate),
});
export type ApiKeyRotate = Static<typeof ApiKeyRotate>;

export const ApiKeyQuery = Type.Object({
  account_id: Type.Optional(AccountId),
  iam_id: Type.Optional(Type.String({ maxLength: 256 })),
  scope: Type.Optional(
    Type.Union([Type.Literal('entity'), Type.Literal('account')], {
      description: 'entity: the keys of iam_id; account: of every identity of the type',
    }),
  ),
  type: Type.Optional(Type.Union([Type.Literal('user'), Type.Literal('serviceid')])),
  ...PAGE_QUERY,
});

export const ApiKeyList = Type.Object({ ...PAGE, apikeys: Type.Array(ApiKey) });
export type ApiKeyList = Static<typeof ApiKeyList>;

/** Tidegate's own. */
export const LeakedApiKey = Type.Object({
  id: Type.String({ description: 'The key that leaked' }),
  action: WhenLeaked,
});
