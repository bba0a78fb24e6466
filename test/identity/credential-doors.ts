import { basic, type TestRegistry } from '../support/registry.ts';
import { APIKEY } from './people.ts';

export type SecretKind =
  | 'api-key'
  | 'access-token'
  | 'refresh-token'
  | 'docker-bearer'
  | 'registry-token'
  | 'password';

/** Each door that takes a secret, as a request with it: answers the status. */
export type Doors = Readonly<Record<string, () => Promise<number>>>;

const LOGIN_NAMES: Partial<Record<SecretKind, string>> = {
  'api-key': 'iamapikey',
  'access-token': 'iambearer',
  'refresh-token': 'iamrefresh',
  'registry-token': 'token',
};

/** Where a secret of this kind is shown. A password is its user name and itself, a line each. */
export const doorsOf = (registry: TestRegistry, kind: SecretKind, secret: string): Doors => {
  const asking = async (path: string, init: RequestInit): Promise<number> =>
    (await registry.fetch(path, init)).status;
  const posting = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    asking(path, { method: 'POST', headers, body: new URLSearchParams(fields) });
  const bearer = { headers: { Authorization: `Bearer ${secret}`, Account: registry.accountId } };
  const name = LOGIN_NAMES[kind];
  const scope = 'repository:birds/a:pull';
  const doors: Record<string, () => Promise<number>> = {};
  if (name !== undefined) {
    const headers = { Authorization: basic(name, secret) };
    doors['/v2/ with Basic'] = () => asking('/v2/birds/a/tags/list', { headers });
    doors['GET /oauth/token'] = () => asking(`/oauth/token?scope=${scope}`, { headers });
    doors['POST /oauth/token'] = () =>
      posting('/oauth/token', { grant_type: 'password', username: name, password: secret, scope });
  }
  if (kind === 'docker-bearer') doors['/v2/ with Bearer'] = () => asking('/v2/birds/a/tags/list', bearer);
  if (kind === 'access-token') doors['the JSON API'] = () => asking('/api/v1/namespaces', bearer);
  if (kind === 'api-key')
    doors['/identity/token'] = () => posting('/identity/token', { grant_type: APIKEY, apikey: secret });
  if (kind === 'refresh-token') {
    const fields = { grant_type: 'refresh_token', refresh_token: secret };
    const client = { Authorization: basic('bx', 'bx') };
    doors['/identity/token'] = () => posting('/identity/token', fields, client);
    doors['POST /oauth/token, refresh_token'] = () => posting('/oauth/token', { ...fields, scope });
  }
  if (kind === 'password') {
    const [username = '', password = ''] = secret.split('\n');
    doors['/identity/token'] = () =>
      posting('/identity/token', { grant_type: 'password', username, password });
  }
  return doors;
};
