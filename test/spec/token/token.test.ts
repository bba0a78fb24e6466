import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertHeaders, headerOf } from '../answers.ts';
import { newAccount } from '../principals.ts';
import { stage } from '../repository.ts';
import { ask, grantOf, post, refusal } from './service.ts';

const on = stage();

/** What a bearer opens in a repository, by what its requests are answered. */
const opens = async (token: string, name: string): Promise<string[]> => {
  const headers = { Authorization: `Bearer ${token}` };
  const isRefused = async (method: string, path: string): Promise<boolean> =>
    [401, 403].includes((await on.registry.fetch(`/v2/${name}/${path}`, { method, headers })).status);
  return [
    ...((await isRefused('GET', 'tags/list')) ? [] : ['pull']),
    ...((await isRefused('POST', 'blobs/uploads/')) ? [] : ['push']),
    ...((await isRefused('DELETE', 'manifests/absent')) ? [] : ['delete']),
  ];
};

test('GET: the answer has token and access_token alike, when it was issued and for how long, and is not to be cached', async () => {
  const response = await ask(on.registry, 'service=registry&scope=repository:birds/a:pull,push');
  assertHeaders(response, { 'cache-control': 'no-store' });
  assert.match(headerOf(response, 'content-type'), /^application\/json/);
  const grant = await grantOf(response);
  assert.equal(grant.token, grant.access_token);
  assert.equal(grant.scope, 'repository:birds/a:pull,push');
  assert.equal(grant.issued_at, new Date(on.registry.clock.now()).toISOString());
  assert.ok(grant.expires_in >= 60, 'clients take less than 60 for 60');
  assert.equal('refresh_token' in grant, false);
});

test('POST: grant password and grant refresh_token answer the same', async () => {
  const scope = 'repository:birds/a:pull repository:birds/b:pull,push';
  const { refresh_token } = await on.registry.login(on.registry.apikey, 'bx');
  for (const credential of [
    [
      ['grant_type', 'password'],
      ['username', 'iamapikey'],
      ['password', on.registry.apikey],
    ],
    [
      ['grant_type', 'refresh_token'],
      ['refresh_token', refresh_token],
    ],
  ] as const) {
    const response = await post(on.registry, [
      ...credential,
      ['service', 'registry'],
      ['client_id', 'containerd-client'],
      ['scope', scope],
    ]);
    assertHeaders(response, { 'cache-control': 'no-store' });
    const grant = await grantOf(response);
    assert.equal(grant.token, grant.access_token);
    assert.equal(grant.scope, scope);
    assert.ok(grant.expires_in >= 60);
    assert.deepEqual(await opens(grant.access_token, 'birds/a'), ['pull']);
    assert.deepEqual(await opens(grant.access_token, 'birds/b'), ['pull', 'push']);
  }
});

test('POST: another grant, none, and another kind of body are 400, and say which grants there are', async () => {
  for (const form of [
    [['grant_type', 'authorization_code']],
    [],
    [
      ['username', 'iamapikey'],
      ['password', on.registry.apikey],
    ],
  ] as const) {
    assert.match((await refusal(await post(on.registry, form), 400)).message, /password or refresh_token/);
  }
  const json = await on.registry.fetch('/oauth/token', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"grant_type":"password"}',
  });
  await refusal(json, 400);
});

test('scope: scopes may be repeated, each may be a list, and those of one repository are united', async () => {
  const query = [
    'scope=repository:birds/a:pull',
    'scope=repository:birds/a:pull,push%20repository:birds/b:delete',
    'scope=repository:birds/c:pull',
  ].join('&');
  const grant = await grantOf(await ask(on.registry, query));
  assert.equal(grant.scope, 'repository:birds/a:pull,push repository:birds/b:delete repository:birds/c:pull');
  assert.deepEqual(await opens(grant.token, 'birds/a'), ['pull', 'push']);
  assert.deepEqual(await opens(grant.token, 'birds/b'), ['delete']);
  assert.deepEqual(await opens(grant.token, 'birds/c'), ['pull']);
  assert.deepEqual(await opens(grant.token, 'birds/d'), []);
});

test('scope: * is everything its holder may do there', async () => {
  const grant = await grantOf(await ask(on.registry, 'scope=repository:birds/a:*'));
  assert.equal(grant.scope, 'repository:birds/a:pull,push,delete');
  assert.deepEqual(await opens(grant.token, 'birds/a'), ['pull', 'push', 'delete']);
});

test('scope: unknown actions are dropped, a class is ignored, and a malformed scope is left out: never a 400', async () => {
  for (const [scope, granted] of [
    ['repository:birds/a:pull,fly', 'repository:birds/a:pull'],
    ['repository:birds/a:fly', ''],
    ['repository(plugin):birds/a:pull', 'repository:birds/a:pull'],
    ['x', ''],
    [':::', ''],
    ['repository:birds/a', ''],
    ['repository:Birds/../a:pull', ''],
    ['registry:catalog:*', 'registry:catalog:*'],
    ['registry:everything:*', ''],
    ['', ''],
    ['%00', ''],
    [
      'repository:birds/a:pull%20x%20%20repository:birds/b:pull',
      'repository:birds/a:pull repository:birds/b:pull',
    ],
  ] as const) {
    assert.equal((await grantOf(await ask(on.registry, `scope=${scope}`))).scope, granted, scope);
  }
});

test('scope: a token of any number of scopes still fits into a header', async () => {
  const scopes = Array.from({ length: 300 }, (_, index) => `scope=repository:birds/r${index}:pull`);
  const { token } = await grantOf(await ask(on.registry, scopes.join('&')));
  assert.ok(token.length < 16_000, `${token.length} characters`);
  assert.equal(
    (await on.registry.fetch('/v2/', { headers: { Authorization: `Bearer ${token}` } })).status,
    200,
  );
});

test('scope: a token without scope is good for /v2/: docker login ends with it', async () => {
  for (const query of [
    '',
    'service=registry',
    'account=iamapikey&client_id=docker&offline_token=true&service=registry',
  ]) {
    const { token, scope } = await grantOf(await ask(on.registry, query));
    assert.equal(scope, '');
    assert.equal(
      (await on.registry.fetch('/v2/', { headers: { Authorization: `Bearer ${token}` } })).status,
      200,
    );
    assert.deepEqual(await opens(token, 'birds/a'), []);
  }
});

test('GET: unknown parameters are ignored, also what charliecloud echoes of the challenge', async () => {
  await grantOf(
    await ask(on.registry, 'error=insufficient_scope&realm=x&scope=repository:birds/a:pull&whatever'),
  );
});

test('scope: asking for what one may not have is 200 with the rest, or with nothing', async () => {
  await newAccount(on.registry, 'foreign');
  const query = ['foreign/a', 'absent/a', 'birds/a'].map((name) => `scope=repository:${name}:pull,push`);
  const grant = await grantOf(await ask(on.registry, query.join('&')));
  assert.equal(grant.scope, 'repository:birds/a:pull,push');
  for (const name of ['foreign/a', 'absent/a']) assert.deepEqual(await opens(grant.token, name), []);
  assert.equal((await grantOf(await ask(on.registry, 'scope=repository:foreign/a:pull'))).scope, '');
});

test('anonymous: a caller without credentials gets 200 with a bearer that opens nothing', async () => {
  const grant = await grantOf(await ask(on.registry, 'scope=repository:birds/a:pull,push', null));
  assert.equal(grant.scope, '');
  assert.deepEqual(await opens(grant.token, 'birds/a'), []);
  const base = await on.registry.fetch('/v2/', { headers: { Authorization: `Bearer ${grant.token}` } });
  assert.equal(base.status, 401);
});

test('anonymous: a caller without credentials gets no scope for the catalog, and the catalog refuses the bearer', async () => {
  const grant = await grantOf(await ask(on.registry, 'scope=registry:catalog:*', null));
  assert.equal(grant.scope, '');
  const headers = { Authorization: `Bearer ${grant.token}` };
  assert.equal((await on.registry.fetch('/v2/_catalog', { headers })).status, 401);
});

test('helm #12121: containerd’s POST, which names one repository twice in one scope, gets the union', async () => {
  const form = [
    ['grant_type', 'password'],
    ['service', 'registry'],
    ['client_id', 'containerd-client'],
    ['scope', 'repository:birds/a:pull repository:birds/a:pull,push repository:birds/b:pull x:y :::'],
    ['username', 'iamapikey'],
    ['password', on.registry.apikey],
  ] as const;
  const grant = await grantOf(await post(on.registry, form));
  assert.equal(grant.scope, 'repository:birds/a:pull,push repository:birds/b:pull');
  assert.deepEqual(await opens(grant.access_token, 'birds/a'), ['pull', 'push']);
});
