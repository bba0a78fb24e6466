import {
  COMMAND_LINE,
  DeviceAuthorization,
  Discovery,
  GRANT_DEVICE_CODE,
  GRANT_LOGIN_CODE,
  IdentityToken,
} from '../wire/tokens.ts';
import type { Client } from './client.ts';
import { ClientError } from './client-error.ts';

/** Logins that a person allows in a browser. `client` is anonymous in all of them. */

/** Where the server has its login page. */
export const discover = async (client: Client): Promise<Discovery> => {
  const path = '/identity/.well-known/openid-configuration';
  return (await client.send({ method: 'GET', path, answer: Discovery })).body;
};

/** Begins a login on a machine without a browser (RFC 8628). */
export const beginDeviceLogin = async (client: Client, machine: string): Promise<DeviceAuthorization> => {
  const { body } = await client.send({
    method: 'POST',
    path: '/identity/device_authorization',
    form: { client_id: COMMAND_LINE, machine_name: machine },
    answer: DeviceAuthorization,
  });
  return body;
};

/** Tokens for a login that a person has allowed; `pending` while it waits, `slow_down` where it was asked too soon. */
export const tokensByDeviceCode = async (
  client: Client,
  deviceCode: string,
): Promise<IdentityToken | 'pending' | 'slow_down'> => {
  try {
    return await tokens(client, { grant_type: GRANT_DEVICE_CODE, device_code: deviceCode });
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.oauth === 'authorization_pending') return 'pending';
    if (error.oauth === 'slow_down') return 'slow_down';
    throw error;
  }
};

/** Tokens for the code that the login page sent back. */
export const tokensByLoginCode = (
  client: Client,
  { code, redirectUri, codeVerifier }: { code: string; redirectUri: string; codeVerifier: string },
): Promise<IdentityToken> =>
  tokens(client, {
    grant_type: GRANT_LOGIN_CODE,
    code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
  });

const tokens = async (client: Client, fields: Record<string, string>): Promise<IdentityToken> => {
  const { body } = await client.send({
    method: 'POST',
    path: '/identity/token',
    form: { ...fields, client_id: COMMAND_LINE },
    answer: IdentityToken,
  });
  return body;
};
