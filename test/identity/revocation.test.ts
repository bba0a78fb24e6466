import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR, MINUTE } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';

const TAGS = '/v2/birds/a/tags/list';

const withBearer = (registry: TestRegistry, token: string): Promise<Response> =>
  registry.fetch(TAGS, { headers: { Authorization: `Bearer ${token}` } });

test('P1: deleting an API key fails the very next request with every token that came from it', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const { id, apikey } = await registry.createKey();
  const { access_token, refresh_token } = await registry.login(apikey, 'bx');
  const bearers = [
    await registry.bearer('repository:birds/a:pull', 'iamapikey', apikey),
    await registry.bearer('repository:birds/a:pull', 'iambearer', access_token),
    await registry.bearer('repository:birds/a:pull', 'iamrefresh', refresh_token),
  ];
  for (const token of bearers) assert.equal((await withBearer(registry, token)).status, 404);
  assert.equal((await registry.api('DELETE', `/v1/apikeys/${id}`)).status, 204);

  for (const token of bearers) {
    const refused = await withBearer(registry, token);
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('www-authenticate') ?? '', /error="invalid_token"/);
  }
  const asAccessToken = await registry.fetch('/api/v1/namespaces', {
    headers: { Authorization: `Bearer ${access_token}`, Account: registry.accountId },
  });
  assert.equal(asAccessToken.status, 401);
  const refreshed = await registry.fetch('/identity/token', {
    method: 'POST',
    headers: { Authorization: basic('bx', 'bx') },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token }),
  });
  assert.equal(refreshed.status, 401);
  for (const [name, secret] of [
    ['iamapikey', apikey],
    ['iambearer', access_token],
    ['iamrefresh', refresh_token],
  ] as const) {
    const login = await registry.fetch('/oauth/token', { headers: { Authorization: basic(name, secret) } });
    assert.equal(login.status, 401, name);
  }
});

test('a deleted bootstrap key stays deleted over a restart with the same setting', async () => {
  await using registry = await TestRegistry.start();
  const other = await registry.createKey();
  const { apikeys } = (await (await registry.api('GET', '/v1/apikeys')).json()) as {
    apikeys: { id: string; name: string }[];
  };
  const owner = apikeys.find(({ name }) => name === 'owner');
  assert.equal(
    (await registry.api('DELETE', `/v1/apikeys/${owner?.id}`, undefined, other.apikey)).status,
    204,
  );
  await registry.restart();
  const revived = await registry.fetch('/oauth/token', {
    headers: { Authorization: basic('iamapikey', registry.apikey) },
  });
  assert.equal(revived.status, 401);
  await registry.login(other.apikey);
});

test('tokens survive a restart: keys are in the database, not in the process', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const token = await registry.bearer('repository:birds/a:pull');
  const { refresh_token } = await registry.login(registry.apikey, 'bx');
  await registry.restart();
  assert.equal((await withBearer(registry, token)).status, 404);
  await registry.bearer('repository:birds/a:pull', 'iamrefresh', refresh_token);
});

test('Harbor#22900: P2: a bearer for a namespace does not reach one recreated under its name', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const token = await registry.bearer('repository:birds/a:pull');
  assert.equal((await withBearer(registry, token)).status, 404);
  assert.equal((await registry.api('DELETE', '/api/v1/namespaces/birds')).status, 204);
  assert.equal((await withBearer(registry, token)).status, 401);
  await registry.namespaceAdd('birds');
  assert.equal((await withBearer(registry, token)).status, 401);
  assert.equal((await withBearer(registry, await registry.bearer('repository:birds/a:pull'))).status, 404);
});

test('a bearer holds what was asked: it is no more than that even in the hands of the owner', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const token = await registry.bearer('repository:birds/a:pull');
  const headers = { Authorization: `Bearer ${token}` };
  assert.equal((await registry.fetch('/v2/birds/a/blobs/uploads/', { method: 'POST', headers })).status, 401);
  assert.equal((await registry.fetch('/v2/birds/b/tags/list', { headers })).status, 401);
  assert.equal((await registry.fetch('/v2/_catalog', { headers })).status, 401);
});

test('a bearer ends after 15 minutes, an access token after an hour, to the second', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const token = await registry.bearer('repository:birds/a:pull');
  const { access_token } = await registry.login();
  registry.clock.advance(15 * MINUTE - 1000);
  assert.equal((await withBearer(registry, token)).status, 404);
  registry.clock.advance(1000);
  assert.equal((await withBearer(registry, token)).status, 401);
  registry.clock.advance(45 * MINUTE - 1000);
  await registry.bearer('repository:birds/a:pull', 'iambearer', access_token);
  registry.clock.advance(1000);
  await assert.rejects(registry.bearer('repository:birds/a:pull', 'iambearer', access_token), /401.*expired/);
});

test('a session ends after two hours without use, and after a day whatever its use; a pull is use', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const { refresh_token } = await registry.login(registry.apikey, 'bx');
  const pull = async (): Promise<number> =>
    (
      await withBearer(
        registry,
        await registry.bearer('repository:birds/a:pull', 'iamrefresh', refresh_token),
      )
    ).status;
  for (let hours = 0; hours < 22; hours += 1.5) {
    registry.clock.advance(1.5 * HOUR);
    assert.equal(await pull(), 404);
  }
  registry.clock.advance(2 * HOUR - 1000);
  await assert.rejects(pull(), /401/);

  const { refresh_token: idle } = await registry.login(registry.apikey, 'bx');
  registry.clock.advance(2 * HOUR);
  await assert.rejects(registry.bearer('repository:birds/a:pull', 'iamrefresh', idle), /401.*expired/);
});

test('a secret of another kind than the user name says is refused', async () => {
  await using registry = await TestRegistry.start();
  const { access_token, refresh_token } = await registry.login(registry.apikey, 'bx');
  const secrets = { iamapikey: registry.apikey, iambearer: access_token, iamrefresh: refresh_token };
  for (const name of Object.keys(secrets)) {
    for (const [kind, secret] of Object.entries(secrets)) {
      const { status } = await registry.fetch('/oauth/token', {
        headers: { Authorization: basic(name, secret) },
      });
      assert.equal(status, name === kind ? 200 : 401, `${kind} as ${name}`);
    }
  }
});

test('a docker bearer is no password, no access token, and its parts do not make another', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const token = await registry.bearer('repository:birds/a:pull');
  for (const name of ['iamapikey', 'iambearer', 'iamrefresh', 'token']) {
    const { status } = await registry.fetch('/oauth/token', {
      headers: { Authorization: basic(name, token) },
    });
    assert.equal(status, 401, name);
  }
  const [head = '', payload = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString());
  const forged = [
    `${head}.${encode({ ...claims, exp: claims.exp + 1 })}.${signature}`,
    `${encode({ alg: 'none', typ: 'tidegate-bearer+jwt', kid })}.${payload}.`,
    `${encode({ alg: 'none', typ: 'tidegate-bearer+jwt', kid })}.${payload}.${signature}`,
    `${encode({ alg: 'HS256', typ: 'tidegate-upload+jwt', kid })}.${payload}.${signature}`,
    `${encode({ alg: 'HS256', typ: 'tidegate-bearer+jwt', kid: 'Key-other' })}.${payload}.${signature}`,
    `${encode({ alg: 'HS256', typ: 'tidegate-bearer+jwt', kid, jwk: { kty: 'oct', k: 'AA' } })}.${payload}.${signature}`,
    `${head}.${payload}.${signature.slice(0, -2)}`,
    `${head}.${payload}`,
    '..',
    'x',
  ];
  for (const each of forged) assert.equal((await withBearer(registry, each)).status, 401, each);
  assert.equal((await withBearer(registry, token)).status, 404);
});
