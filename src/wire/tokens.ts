/** POST /identity/token of IAM. Source: IBM IAM Identity Services API, `Token Operations`. */
import { type Static, Type } from 'typebox';

export const GRANT_APIKEY = 'urn:ibm:params:oauth:grant-type:apikey';
export const GRANT_REFRESH = 'refresh_token';
export const GRANT_PASSWORD = 'password';
export const GRANT_PASSCODE = 'urn:ibm:params:oauth:grant-type:passcode';
export const GRANT_LOGIN_CODE = 'authorization_code';
export const GRANT_DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
export const GRANT_ASSUME = 'urn:ibm:params:oauth:grant-type:assume';
export const GRANT_CR_TOKEN = 'urn:ibm:params:oauth:grant-type:cr-token';
export const GRANT_TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

export const TOKEN_TYPE_ACCESS = 'urn:ietf:params:oauth:token-type:access_token';
export const TOKEN_TYPES_OF_JWTS = [
  'urn:ietf:params:oauth:token-type:jwt',
  'urn:ietf:params:oauth:token-type:id_token',
];

/** The public client of a command line (RFC 8252): it names itself in the form, and proves nothing by it. */
export const COMMAND_LINE = 'tidegate-cli';

/** POST /identity/device_authorization (RFC 8628, 3.2). */
export const DeviceAuthorization = Type.Object({
  device_code: Type.String({ description: 'For the client: what it asks /identity/token with' }),
  user_code: Type.String({ description: 'For the person, who types it in a browser' }),
  verification_uri: Type.String(),
  verification_uri_complete: Type.String({ description: 'The same with the code in it' }),
  expires_in: Type.Integer({ description: 'Seconds' }),
  interval: Type.Integer({ description: 'Seconds between two questions' }),
});
export type DeviceAuthorization = Static<typeof DeviceAuthorization>;

/** What of the discovery document a client reads. */
export const Discovery = Type.Object({
  issuer: Type.String(),
  authorization_endpoint: Type.String(),
  passcode_endpoint: Type.String(),
});
export type Discovery = Static<typeof Discovery>;

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
  client_id: Type.Optional(Type.String({ description: 'The client that logged in' })),
});
export type AccessTokenClaims = Static<typeof AccessTokenClaims>;

/** POST /identity/passcode: Tidegate's own, for `login --sso`. */
export const Passcode = Type.Object({
  passcode: Type.String({ description: 'Works once' }),
  expires_at: Type.String({ description: 'RFC 3339' }),
});
export type Passcode = Static<typeof Passcode>;

/** GET /identity/userinfo. */
export const UserInfo = Type.Object({
  iam_id: Type.String(),
  sub: Type.String(),
  sub_type: Type.Optional(Type.String()),
  name: Type.String(),
  given_name: Type.Optional(Type.String()),
  family_name: Type.Optional(Type.String()),
  email: Type.Optional(Type.String()),
  account: Type.Object({ bss: Type.String() }),
});
export type UserInfo = Static<typeof UserInfo>;

/** POST /identity/introspect (RFC 7662). Whatever is not active now, or not the caller's to know, is the same `false`. */
export const Introspection = Type.Object({
  active: Type.Boolean(),
  token_type: Type.Optional(Type.String({ description: 'access_token or refresh_token' })),
  iam_id: Type.Optional(Type.String()),
  sub: Type.Optional(Type.String()),
  sub_type: Type.Optional(Type.String()),
  account: Type.Optional(Type.Object({ bss: Type.String() })),
  exp: Type.Optional(Type.Integer()),
  client_id: Type.Optional(Type.String()),
});
export type Introspection = Static<typeof Introspection>;
