import {
  GRANT_APIKEY,
  GRANT_PASSCODE,
  GRANT_PASSWORD,
  GRANT_REFRESH,
  IdentityToken,
} from '../wire/tokens.ts';
import type { Client } from './client.ts';
import { ClientError } from './client-error.ts';

/** The client id of the command line: only callers that name it are given a refresh token. It is no secret. */
const CLIENT = { authorization: `Basic ${Buffer.from('bx:bx').toString('base64')}` };

const grant = async (client: Client, fields: Record<string, string>): Promise<IdentityToken> => {
  const { body } = await client.send({
    method: 'POST',
    path: '/identity/token',
    headers: CLIENT,
    form: { ...fields, response_type: 'cloud_iam' },
    answer: IdentityToken,
  });
  return body;
};

/** An access token and a refresh token for an API key. `client` is anonymous. */
export const grantByApiKey = (client: Client, apikey: string): Promise<IdentityToken> =>
  grant(client, { grant_type: GRANT_APIKEY, apikey });

/** The same for a person's name and password. `client` is anonymous. */
export const grantByPassword = (client: Client, username: string, password: string): Promise<IdentityToken> =>
  grant(client, { grant_type: GRANT_PASSWORD, username, password });

/** The same for a code somebody logged in elsewhere got for this once. `client` is anonymous. */
export const grantByPasscode = (client: Client, passcode: string): Promise<IdentityToken> =>
  grant(client, { grant_type: GRANT_PASSCODE, passcode });

/** Tokens of the same person for another account they are in. `client` is anonymous. */
export const grantForAccount = (
  client: Client,
  refreshToken: string,
  account: string,
): Promise<IdentityToken> =>
  grant(client, { grant_type: GRANT_REFRESH, refresh_token: refreshToken, account });

/** Another access token. SESSION_ENDED where the refresh token is no longer good for one. `client` is anonymous. */
export const grantByRefreshToken = async (client: Client, refreshToken: string): Promise<IdentityToken> => {
  try {
    return await grant(client, { grant_type: GRANT_REFRESH, refresh_token: refreshToken });
  } catch (error) {
    if (!(error instanceof ClientError) || !refused(error)) throw error;
    const { status, requestId } = error;
    throw new ClientError('SESSION_ENDED', error.message, {
      ...(status ? { status } : {}),
      ...(requestId ? { requestId } : {}),
      cause: error,
    });
  }
};

const refused = ({ code, status }: ClientError): boolean =>
  code !== 'UNEXPECTED_ANSWER' && (status === 400 || status === 401 || status === 403);
