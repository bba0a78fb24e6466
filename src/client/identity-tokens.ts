import {
  COMMAND_LINE,
  GRANT_APIKEY,
  GRANT_CR_TOKEN,
  GRANT_PASSCODE,
  GRANT_PASSWORD,
  GRANT_REFRESH,
  IdentityToken,
} from '../wire/tokens.ts';
import type { Client } from './client.ts';
import { ClientError } from './client-error.ts';

/**
 * The client id of IBM's command line, and its password, which is public. Only a caller that names a client id is given
 * a refresh token.
 */
const CLIENT = { authorization: `Basic ${btoa('bx:bx')}` };

/** Who a login belongs to: a refresh token works for the client it was issued to. */
const namedAs = (clientId: string | undefined) =>
  clientId === COMMAND_LINE
    ? { headers: {}, fields: { client_id: COMMAND_LINE } }
    : { headers: CLIENT, fields: {} };

const tokens = async (
  client: Client,
  fields: Record<string, string>,
  clientId?: string,
): Promise<IdentityToken> => {
  const named = namedAs(clientId);
  const { body } = await client.send({
    method: 'POST',
    path: '/identity/token',
    headers: named.headers,
    form: { ...fields, ...named.fields, response_type: 'cloud_iam' },
    answer: IdentityToken,
  });
  return body;
};

/** An access token and a refresh token for an API key. `client` is anonymous. */
export const tokensByApiKey = (client: Client, apikey: string): Promise<IdentityToken> =>
  tokens(client, { grant_type: GRANT_APIKEY, apikey });

/** The same for a user name and a password. `client` is anonymous. */
export const tokensByPassword = (
  client: Client,
  username: string,
  password: string,
): Promise<IdentityToken> => tokens(client, { grant_type: GRANT_PASSWORD, username, password });

/** The same for a one-time code that the user got in another session, for a machine of this name. `client` is anonymous. */
export const tokensByPasscode = (client: Client, passcode: string, machine: string): Promise<IdentityToken> =>
  tokens(client, { grant_type: GRANT_PASSCODE, passcode, machine_name: machine });

/** An access token of a trusted profile for the token of a platform or cluster. `client` is anonymous. */
export const tokensByWorkloadToken = (
  client: Client,
  token: string,
  profileId: string,
): Promise<IdentityToken> =>
  tokens(client, { grant_type: GRANT_CR_TOKEN, cr_token: token, profile_id: profileId });

/** Tokens of the same person for another of their accounts. `client` is anonymous. */
export const tokensForAccount = (
  client: Client,
  refreshToken: string,
  account: string,
  clientId?: string,
): Promise<IdentityToken> =>
  tokens(client, { grant_type: GRANT_REFRESH, refresh_token: refreshToken, account }, clientId);

const isRefusal = ({ code, status }: ClientError): boolean =>
  code !== 'UNEXPECTED_ANSWER' && (status === 400 || status === 401 || status === 403);

/** Another access token. SESSION_ENDED where the server refuses the refresh token. `client` is anonymous. */
export const tokensByRefreshToken = async (
  client: Client,
  refreshToken: string,
  clientId?: string,
): Promise<IdentityToken> => {
  try {
    return await tokens(client, { grant_type: GRANT_REFRESH, refresh_token: refreshToken }, clientId);
  } catch (error) {
    if (!(error instanceof ClientError) || !isRefusal(error)) throw error;
    const { status, requestId } = error;
    throw new ClientError('SESSION_ENDED', error.message, {
      ...(status ? { status } : {}),
      ...(requestId ? { requestId } : {}),
      cause: error,
    });
  }
};
