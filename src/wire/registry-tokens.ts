/**
 * Registry tokens of /api/v1, and the switch for them. Source: the Container Registry API of 2017 to 2021 as IBM's Go
 * client still speaks it; `limit`, `start`, `next`, `namespace`, `created_at` and `last_used…` are Tidegate's own.
 */
import { type Static, Type } from 'typebox';

/** Seconds: ten years. For longer, create a token that does not expire. */
export const LONGEST_LIFETIME = 315_360_000;

/** Query of POST /api/v1/tokens, which has no body. */
export const RegistryTokenCreate = Type.Object({
  description: Type.Optional(Type.String({ maxLength: 1000 })),
  permanent: Type.Optional(Type.Boolean({ description: 'Never expires' })),
  write: Type.Optional(Type.Boolean({ description: 'Push and pull; otherwise pull only' })),
  namespace: Type.Optional(Type.String({ maxLength: 255, description: 'The only namespace it reaches' })),
  expires_in: Type.Optional(Type.Integer({ minimum: 1, maximum: LONGEST_LIFETIME, description: 'Seconds' })),
});
export type RegistryTokenCreate = Static<typeof RegistryTokenCreate>;

/** Answer of POST /api/v1/tokens and GET /api/v1/tokens/{id}. */
export const RegistryTokenValue = Type.Object({
  token: Type.String({ description: 'A JWT; its id is `jti`' }),
});
export type RegistryTokenValue = Static<typeof RegistryTokenValue>;

/** The claims of a registry token a client reads; it never verifies them. */
export const RegistryTokenClaims = Type.Object({ jti: Type.String({ description: 'Id of the token' }) });
export type RegistryTokenClaims = Static<typeof RegistryTokenClaims>;

/** Query of GET /api/v1/tokens. */
export const RegistryTokenQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'How many at most' })),
  start: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before' })),
});
export type RegistryTokenQuery = Static<typeof RegistryTokenQuery>;

/** One registry token, without its value. */
export const RegistryToken = Type.Object({
  _id: Type.String(),
  owner: Type.String({ description: 'Id of the account' }),
  token: Type.String({ description: 'Always empty' }),
  secondary_owner: Type.String({ description: 'The description' }),
  readonly: Type.Boolean(),
  revoked: Type.Boolean({ description: 'Always false: a token that is revoked is gone' }),
  expiry: Type.Integer({ description: 'Seconds since the epoch; 0 = never' }),
  encrypted_token: Type.String({ description: 'Always empty' }),
  namespace: Type.Optional(
    Type.String({ description: 'The only namespace it reaches; empty where that namespace is gone' }),
  ),
  created_at: Type.Optional(Type.Integer({ description: 'Seconds since the epoch' })),
  last_used: Type.Optional(
    Type.Integer({ description: 'Seconds since the epoch; absent if never, or not yet written' }),
  ),
  last_used_from: Type.Optional(Type.String({ description: 'Address of the client' })),
  last_used_with: Type.Optional(Type.String({ description: 'User-Agent of the client' })),
});
export type RegistryToken = Static<typeof RegistryToken>;

/** GET /api/v1/tokens: one page; without `next` it is the last. */
export const RegistryTokenList = Type.Object({
  tokens: Type.Array(RegistryToken),
  next: Type.Optional(Type.String({ description: 'Value of `start` for the page that follows' })),
});
export type RegistryTokenList = Static<typeof RegistryTokenList>;
