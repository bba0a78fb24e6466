/** POST /identity/token of IAM. Source: IBM IAM Identity Services API, `Token Operations`. */
import { type Static, Type } from 'typebox';

export const GRANT_APIKEY = 'urn:ibm:params:oauth:grant-type:apikey';
export const GRANT_REFRESH = 'refresh_token';
export const GRANT_PASSWORD = 'password';
export const GRANT_PASSCODE = 'urn:ibm:params:oauth:grant-type:passcode';

/** What stands where a refresh token would: the caller did not name a client that gets one. */
export const REFRESH_NOT_SUPPORTED = 'not_supported';

export const IdentityToken = Type.Object({
  access_token: Type.String({ description: 'A JWT, RS256; its keys are at /identity/keys' }),
  refresh_token: Type.String({ description: 'Opaque; the word not_supported without client credentials' }),
  token_type: Type.String(),
  expires_in: Type.Integer({ description: 'Seconds' }),
  expiration: Type.Integer({ description: 'Seconds since the epoch' }),
  scope: Type.Optional(Type.String()),
  ims_user_id: Type.Optional(Type.Integer()),
  session_id: Type.Optional(Type.String()),
});
export type IdentityToken = Static<typeof IdentityToken>;

/** The claims of an access token a client reads; it never verifies them, the server does. */
export const AccessTokenClaims = Type.Object({
  iam_id: Type.String(),
  account: Type.Object({ bss: Type.String({ description: 'Account id' }) }),
  iat: Type.Number({ description: 'Seconds since the epoch' }),
  exp: Type.Number({ description: 'Seconds since the epoch' }),
  sub: Type.Optional(Type.String()),
  sub_type: Type.Optional(Type.String({ description: 'ServiceId or Profile; absent for users' })),
  name: Type.Optional(Type.String()),
  email: Type.Optional(Type.String()),
  session_id: Type.Optional(
    Type.String({ description: 'The session to end at logout; service IDs have none' }),
  ),
});
export type AccessTokenClaims = Static<typeof AccessTokenClaims>;
