import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RawConnection } from '../spec/raw-connection.ts';
import { basic, TestRegistry } from '../support/registry.ts';

let registry: TestRegistry;
before(async () => {
  registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
});
after(() => registry[Symbol.asyncDispose]());

const json = async <Body>(response: Response): Promise<Body> => {
  assert.ok(response.ok, `${response.status} ${await response.clone().text()}`);
  return (await response.json()) as Body;
};

/** One of every kind of secret the product makes. */
const everySecret = async (): Promise<Record<string, string>> => {
  const { access_token, refresh_token } = await registry.login(registry.apikey, 'bx');
  const asSession = { Authorization: `Bearer ${access_token}` };
  const passcode = await registry.fetch('/identity/passcode', { method: 'POST', headers: asSession });
  const users = `/v2/accounts/${registry.accountId}/users`;
  const invited = await registry.api('POST', users, { users: [{ email: 'ada@example.com' }] });
  const { resources } = await json<{ resources: { invitation_code: string }[] }>(invited);
  const token = await registry.api('POST', '/api/v1/tokens?write=true');
  return {
    'API key': (await registry.createKey()).apikey,
    'access token': access_token,
    'refresh token': refresh_token,
    'docker bearer': await registry.bearer('repository:birds/a:pull'),
    'registry token': (await json<{ token: string }>(token)).token,
    passcode: (await json<{ passcode: string }>(passcode)).passcode,
    'invitation code': resources[0]?.invitation_code ?? '',
  };
};

interface Misplaced {
  readonly target: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Everywhere a client may put a secret by mistake. */
const places = (secret: string): Record<string, Misplaced> => ({
  'id in a path of IAM': { target: `/v1/apikeys/${secret}` },
  'name in a path of the registry API': { target: `/api/v1/namespaces/${secret}`, method: 'PUT' },
  'id in a path of access': { target: `/v2/policies/${secret}` },
  'an address that no route serves': { target: `/v1/${secret}/x` },
  'an escaped path': { target: `/identity/${secret.replaceAll('_', '%5F').replaceAll('.', '%2E')}` },
  'a long path': { target: `/api/v1/${'x'.repeat(990)}/${secret}` },
  'a repository': { target: `/v2/${secret}/tags/list` },
  'a reference': { target: `/v2/birds/a/manifests/${secret}` },
  'a digest': { target: `/v2/birds/a/blobs/sha256:${secret}` },
  'a query': { target: `/v2/groups?account_id=${secret}&sort=${secret}` },
  'a query that is not valid': { target: `/v1/apikeys?pagesize=${secret}&scope=${secret}` },
  'a page token': { target: `/v1/serviceids?pagetoken=${secret}` },
  'the name of a user': { target: '/oauth/token', headers: { Authorization: basic(secret, 'x') } },
  'the name of a user at /v2/': { target: '/v2/', headers: { Authorization: basic(secret, 'x') } },
  'an agent': { target: '/v1/apikeys/x', headers: { 'User-Agent': `curl/8 ${secret}` } },
  'a resource group': {
    target: '/api/v1/namespaces/fish',
    method: 'PUT',
    headers: { 'X-Auth-Resource-Group': secret },
  },
  'an action': {
    target: '/v1/explain',
    method: 'POST',
    body: JSON.stringify({
      iam_id: registry.ownerIamId,
      type: 'user',
      action: secret.slice(0, 200),
      resource: {},
    }),
  },
  'a region': {
    target: '/v1/explain',
    method: 'POST',
    body: JSON.stringify({
      iam_id: registry.ownerIamId,
      type: 'user',
      action: 'pull',
      resource: { region: secret.slice(0, 100) },
    }),
  },
  'a type of grant': {
    target: '/identity/token',
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: secret, response_type: secret }).toString(),
  },
});

test('a secret in a path, query, name, agent or action is in no field of the log and in no error', async () => {
  const { access_token: token } = await registry.login();
  for (const [kind, secret] of Object.entries(await everySecret())) {
    assert.ok(secret.length > 12, kind);
    for (const [place, { target, method = 'GET', headers = {}, body = '' }] of Object.entries(
      places(secret),
    )) {
      await using connection = await RawConnection.open(registry.url);
      const { status, body: answer } = await connection.request(
        method,
        target,
        {
          Authorization: `Bearer ${token}`,
          Account: registry.accountId,
          ...(body ? { 'Content-Type': 'application/json' } : {}),
          ...headers,
        },
        body,
      );
      assert.ok(status >= 400 && status < 500, `${kind} as ${place}: ${status} ${answer}`);
      // no more of it than its beginning, which is the same for all of its kind
      const rest = secret.slice(12, 40);
      assert.ok(!answer.includes(rest), `${kind} as ${place} is told: ${answer}`);
      const logged = registry.logged.find((line) => line.includes(rest));
      assert.equal(logged, undefined, `${kind} as ${place} is logged`);
    }
  }
  assert.ok(registry.logged.some((line) => line.includes('***')));
});
