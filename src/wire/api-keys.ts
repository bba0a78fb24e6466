/** API keys of IAM, /v1/apikeys. Source: IBM IAM Identity Services API, `API key Operations`. */
import { type Static, Type } from 'typebox';

export const ApiKeyActivity = Type.Object({
  last_authn: Type.Optional(Type.String({ description: 'yyyy-MM-ddTHH:mm+0000, UTC' })),
  authn_count: Type.Integer(),
});

export const ApiKey = Type.Object({
  id: Type.String({ description: 'ApiKey-<uuid>' }),
  entity_tag: Type.String({ description: 'Version, for If-Match' }),
  crn: Type.String(),
  locked: Type.Boolean(),
  disabled: Type.Optional(Type.Boolean()),
  created_at: Type.Optional(Type.String({ description: 'yyyy-MM-ddTHH:mm+0000, UTC' })),
  created_by: Type.String({ description: 'IAM id of its creator' }),
  modified_at: Type.Optional(Type.String({ description: 'yyyy-MM-ddTHH:mm+0000, UTC' })),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  iam_id: Type.String({ description: 'IAM id of the identity the key belongs to' }),
  account_id: Type.String(),
  support_sessions: Type.Optional(Type.Boolean()),
  action_when_leaked: Type.Optional(Type.String({ description: 'none, disable or delete' })),
  expires_at: Type.Optional(Type.String({ description: 'yyyy-MM-ddTHH:mm+0000, UTC' })),
  apikey: Type.Optional(
    Type.String({ description: 'The secret: only in the answer that creates the key, empty elsewhere' }),
  ),
  activity: Type.Optional(ApiKeyActivity),
});
export type ApiKey = Static<typeof ApiKey>;

export const ApiKeyCreate = Type.Object({
  name: Type.String(),
  iam_id: Type.String(),
  account_id: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  apikey: Type.Optional(Type.String({ description: 'A chosen secret of 32 characters or more' })),
  store_value: Type.Optional(
    Type.Boolean({ description: 'Accepted and never honoured: secrets are kept as hashes only' }),
  ),
  support_sessions: Type.Optional(Type.Boolean()),
  action_when_leaked: Type.Optional(
    Type.Union([Type.Literal('none'), Type.Literal('disable'), Type.Literal('delete')]),
  ),
  expires_at: Type.Optional(Type.String({ description: 'yyyy-MM-ddTHH:mm+0000, UTC' })),
});
export type ApiKeyCreate = Static<typeof ApiKeyCreate>;

/** One page; `next` is a full URL that holds `pagetoken`, and is absent on the last page. */
export const ApiKeyList = Type.Object({
  offset: Type.Optional(Type.Integer()),
  limit: Type.Optional(Type.Integer()),
  first: Type.Optional(Type.String()),
  previous: Type.Optional(Type.String()),
  next: Type.Optional(Type.String()),
  apikeys: Type.Array(ApiKey),
});
export type ApiKeyList = Static<typeof ApiKeyList>;
