/** The rows of errors.ts that are about logging in. */
export const LOGIN_ERRORS = {
  REFRESH_TOKEN_INVALID: {
    status: 401,
    message: 'The login credentials are not valid, or your account is not active.',
    oci: 'UNAUTHORIZED',
    iam: 'BXNIM0407E',
  },
  REFRESH_TOKEN_EXPIRED: {
    status: 401,
    message: 'The refresh token has expired; log in again.',
    oci: 'UNAUTHORIZED',
    iam: 'BXNIM0408E',
  },
  SESSION_INACTIVE: {
    status: 401,
    message: 'The session is over; log in again.',
    oci: 'UNAUTHORIZED',
    iam: 'BXNIM0439E',
  },
  GRANT_UNSUPPORTED: {
    status: 400,
    message: 'The grant type is not supported.',
    iam: 'BXNIM0106E',
    oauth: 'unsupported_grant_type',
  },
  CLIENT_MISMATCH: {
    status: 400,
    message: 'The refresh token was issued to another client; send the client id it was issued to.',
    iam: 'BXNIM0139E',
    oauth: 'invalid_grant',
  },
  EXTERNAL_LOGIN_NEEDED: {
    status: 400,
    message:
      'Codes of the login page are for the client tidegate-cli. Use a passcode (/identity/passcode) or an API key.',
    iam: 'BXNIM0400E',
    oauth: 'unauthorized_client',
  },
  GRANT_INVALID: {
    status: 400,
    message: 'The code is not valid: it was used, has expired, or is not for this client. Log in again.',
    iam: 'BXNIM0106E',
    oauth: 'invalid_grant',
  },
  LOGIN_PENDING: {
    status: 400,
    message: 'The login waits for a person to allow it in the browser.',
    iam: 'BXNIM0106E',
    oauth: 'authorization_pending',
  },
  LOGIN_POLLED_TOO_SOON: {
    status: 400,
    message:
      'The login waits for a person to allow it in the browser. Ask less often: wait five seconds longer from now on.',
    iam: 'BXNIM0106E',
    oauth: 'slow_down',
  },
  LOGIN_DENIED: {
    status: 400,
    message: 'The login was refused in the browser.',
    iam: 'BXNIM0106E',
    oauth: 'access_denied',
  },
  LOGIN_EXPIRED: {
    status: 400,
    message: 'The login was not allowed in time. Begin another one.',
    iam: 'BXNIM0106E',
    oauth: 'expired_token',
  },
  FORM_FOREIGN: {
    status: 403,
    message: 'The form was not sent by a page of this registry. Open the page again.',
    v1: 'CRG0020E',
  },
  SIGN_IN_UNKNOWN: {
    status: 400,
    message:
      'This sign-in was finished before, was begun in another browser, or took longer than ten minutes. Sign in again.',
  },
  SIGN_IN_INVALID: {
    status: 400,
    message: 'The answer of the identity provider is not valid. Sign in again.',
  },
  SIGN_IN_DENIED: {
    status: 403,
    message: 'The identity provider did not sign you in.',
    v1: 'CRG0020E',
  },
  SIGN_IN_STRANGER: {
    status: 403,
    message:
      'No user of this registry is linked to your identity at the provider. Accept an invitation by signing in with it, or sign in as your user and link it there.',
    v1: 'CRG0020E',
  },
  PROVIDER_UNAVAILABLE: {
    status: 503,
    message: 'The identity provider does not answer now. Try again, or sign in with an API key.',
    v1: 'CRG0010E',
  },
  USER_CODE_INVALID: {
    status: 400,
    message: 'No login waits for this code: it was mistyped, was used, or has expired.',
    iam: 'BXNIM0106E',
  },
  PASSWORD_INVALID: {
    status: 401,
    message: 'The user name or password is not right, or there is no such user.',
    oci: 'UNAUTHORIZED',
    iam: 'BXNIM0602E',
  },
  LOGIN_UNSUPPORTED: {
    status: 401,
    message:
      'The requested authentication method is not supported. Use docker login -u iamapikey with an API key, -u iambearer with an access token, -u iamrefresh with a refresh token, -u token with a registry token, -u Profile-… with an API key of an identity that trusted profile trusts, or run tidegate cr login.',
    oci: 'UNSUPPORTED',
  },
} as const;
