import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { IamLab, type Someone } from './iam-lab.ts';

interface Listed {
  readonly _id: string;
  readonly token: string;
  readonly secondary_owner: string;
  readonly readonly: boolean;
  readonly expiry: number;
  readonly last_used?: number;
  readonly last_used_from?: string;
  readonly last_used_with?: string;
}

const create = async (registry: TestRegistry, query: Record<string, string> = {}): Promise<string> => {
  const response = await registry.api('POST', `/api/v1/tokens?${new URLSearchParams(query)}`);
  assert.equal(response.status, 200);
  return ((await response.json()) as { token: string }).token;
};

const list = async (registry: TestRegistry): Promise<Listed[]> =>
  ((await (await registry.api('GET', '/api/v1/tokens')).json()) as { tokens: Listed[] }).tokens;

const login = async (registry: TestRegistry, token: string, name = 'token'): Promise<number> =>
  (await registry.fetch('/oauth/token', { headers: { Authorization: basic(name, token) } })).status;

const idOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64').toString()).jti;

const tryTo = async (registry: TestRegistry, method: string, path: string, token: string): Promise<number> =>
  (await registry.v2(method, path, { headers: { Authorization: basic('token', token) } })).status;

test('a value decodes with the standard alphabet: id, expiry and issuer, as clients of 2017 read it', async () => {
  await using registry = await TestRegistry.start();
  const token = await create(registry);
  const [head = '', payload = ''] = token.split('.');
  assert.equal(Buffer.from(head, 'base64url').toString(), '{"alg":"HS256","typ":"JWT"}');
  assert.match(payload, /^[A-Za-z0-9+/]+$/);
  const claims = JSON.parse(Buffer.from(payload, 'base64').toString());
  assert.deepEqual(Object.keys(claims), ['exp', 'jti', 'iss']);
  assert.match(claims.jti, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(claims.exp, Math.floor(registry.clock.now() / 1000) + 24 * 3600);
});

test('read-only pulls, read-write pulls and pushes, and neither deletes or manages', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const read = await create(registry);
  const write = await create(registry, { write: 'true' });
  for (const [token, push] of [
    [read, 401],
    [write, 202],
  ] as const) {
    assert.equal(await tryTo(registry, 'GET', 'birds/a/tags/list', token), 404);
    assert.equal(await tryTo(registry, 'POST', 'birds/a/blobs/uploads/', token), push);
    assert.equal(await tryTo(registry, 'DELETE', 'birds/a/manifests/latest', token), 401);
    const managed = await registry.fetch('/api/v1/namespaces', {
      headers: { Authorization: `Bearer ${token}`, Account: registry.accountId },
    });
    assert.equal(managed.status, 401);
  }
});

test('a token reaches every namespace of the account, later ones too, and none of another account', async () => {
  await using registry = await TestRegistry.start();
  const token = await create(registry);
  await registry.namespaceAdd('later');
  assert.equal(await tryTo(registry, 'GET', 'later/a/tags/list', token), 404);
  const { apikey, account_id } = (await (
    await registry.api('POST', '/api/v1/accounts', { name: 'other' })
  ).json()) as { apikey: string; account_id: string };
  const { access_token } = await registry.login(apikey);
  const added = await registry.fetch('/api/v1/namespaces/foreign', {
    method: 'PUT',
    headers: { Authorization: `Bearer ${access_token}`, Account: account_id },
  });
  assert.equal(added.status, 201);
  assert.equal(await tryTo(registry, 'GET', 'foreign/a/tags/list', token), 401);
});

test('a narrowed token reaches its namespace alone, and not one recreated under the name', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  await registry.namespaceAdd('bees');
  const token = await create(registry, { namespace: 'birds' });
  assert.equal(await tryTo(registry, 'GET', 'birds/a/tags/list', token), 404);
  assert.equal(await tryTo(registry, 'GET', 'bees/a/tags/list', token), 401);
  await registry.api('DELETE', '/api/v1/namespaces/birds');
  await registry.namespaceAdd('birds');
  assert.equal(await tryTo(registry, 'GET', 'birds/a/tags/list', token), 401);
});

test('token-get gives the identical value for as long as the token lives, over restarts, and each reading is audited', async () => {
  await using registry = await TestRegistry.start();
  const token = await create(registry, { permanent: 'true' });
  const read = async (): Promise<string> =>
    ((await (await registry.api('GET', `/api/v1/tokens/${idOf(token)}`)).json()) as { token: string }).token;
  assert.equal(await read(), token);
  await registry.restart();
  assert.equal(await read(), token);
  registry.clock.advance(400 * 24 * HOUR);
  assert.equal(await read(), token);
  assert.equal(await login(registry, token), 200);
  await using db = openRows(registry.database);
  const readings = await db
    .selectFrom('audit_events')
    .select(['principal', 'target'])
    .where('action', '=', 'container-registry.registrytoken.get')
    .execute();
  assert.equal(readings.length, 3);
  for (const { principal, target } of readings) {
    assert.equal(principal, `user:${registry.accountId}/${registry.ownerIamId}`);
    assert.equal(target, idOf(token));
  }
});

test('a token expires to the second, and is out of lists at once', async () => {
  await using registry = await TestRegistry.start();
  const token = await create(registry, { description: 'one day' });
  registry.clock.advance(24 * HOUR - 1000);
  assert.equal(await login(registry, token), 200);
  assert.deepEqual(
    (await list(registry)).map(({ secondary_owner }) => secondary_owner),
    ['one day'],
  );
  registry.clock.advance(1000);
  assert.equal(await login(registry, token), 401);
  assert.deepEqual(await list(registry), []);
  assert.equal((await registry.api('GET', `/api/v1/tokens/${idOf(token)}`)).status, 404);
});

test('removal bites on the next request, for bearers already issued too, and leaves other tokens alone', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const token = await create(registry);
  const other = await create(registry);
  const bearer = await registry.bearer('repository:birds/a:pull', 'token', token);
  const pull = async (): Promise<number> =>
    (await registry.fetch('/v2/birds/a/tags/list', { headers: { Authorization: `Bearer ${bearer}` } }))
      .status;
  assert.equal(await pull(), 404);
  assert.equal((await registry.api('DELETE', `/api/v1/tokens/${idOf(token)}`)).status, 200);
  assert.equal(await pull(), 401);
  assert.equal(await login(registry, token), 401);
  assert.equal(await login(registry, other), 200);
  assert.equal((await registry.api('DELETE', `/api/v1/tokens/${idOf(token)}`)).status, 404);
});

test('tokens are removed by a description, never by an empty one', async () => {
  await using registry = await TestRegistry.start();
  for (const description of ['cluster', 'cluster', 'keep']) await create(registry, { description });
  assert.equal((await registry.api('DELETE', '/api/v1/tokens?secondaryOwner=')).status, 400);
  assert.equal((await registry.api('DELETE', '/api/v1/tokens')).status, 400);
  assert.equal((await registry.api('DELETE', '/api/v1/tokens?secondaryOwner=cluster')).status, 200);
  assert.deepEqual(
    (await list(registry)).map(({ secondary_owner }) => secondary_owner),
    ['keep'],
  );
});

test('lists carry no values, page, and say when, from where and by which client a token was last used', async () => {
  await using registry = await TestRegistry.start();
  const token = await create(registry, { permanent: 'true', write: 'true' });
  for (let count = 0; count < 4; count++) await create(registry);
  assert.equal(await login(registry, token), 200);
  await registry.restart();
  const ids: string[] = [];
  let start: string | undefined;
  do {
    const query = new URLSearchParams({ limit: '2', ...(start === undefined ? {} : { start }) });
    const page = (await (await registry.api('GET', `/api/v1/tokens?${query}`)).json()) as {
      tokens: Listed[];
      next?: string;
    };
    assert.ok(page.tokens.length <= 2);
    assert.ok(page.tokens.every((each) => each.token === ''));
    ids.push(...page.tokens.map(({ _id }) => _id));
    start = page.next;
  } while (start !== undefined);
  assert.equal(new Set(ids).size, 5);
  const used = (await list(registry)).find(({ _id }) => _id === idOf(token));
  assert.equal(used?.last_used, Math.floor(registry.clock.now() / 1000));
  assert.deepEqual([used?.last_used_from, used?.last_used_with], ['127.0.0.1', 'node']);
  assert.equal(used?.expiry, 0);
  assert.equal(used?.readonly, false);
});

test('no_new answers 410 CRT0002E and keeps what exists; disabled refuses all; enabled brings them back', async () => {
  await using registry = await TestRegistry.start();
  const token = await create(registry);
  const set = async (registry_tokens: string): Promise<void> =>
    assert.equal((await registry.api('PATCH', '/api/v1/auth', { registry_tokens })).status, 204);
  await set('no_new');
  const refused = await registry.api('POST', '/api/v1/tokens');
  assert.equal(refused.status, 410);
  assert.equal(((await refused.json()) as { code: string }).code, 'CRT0002E');
  assert.equal(await login(registry, token), 200);
  await set('disabled');
  assert.equal(await login(registry, token), 401);
  assert.deepEqual(await (await registry.api('GET', '/api/v1/auth')).json(), {
    iam_authz: true,
    private_only: false,
    registry_tokens: 'disabled',
  });
  await set('enabled');
  assert.equal(await login(registry, token), 200);
});

test('whether registry tokens work is for Administrators to say; a Manager switches none on that an Administrator disabled', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const token = await create(registry);
  const manager = await lab.someone('manager', 'Manager', { serviceName: 'container-registry' });
  const administrator = await lab.someone('administrator', 'Administrator', {
    serviceName: 'container-registry',
  });
  const set = async (who: Someone, body: object): Promise<number> =>
    (await lab.as(who, 'PATCH', '/api/v1/auth', body)).status;
  assert.equal(await set(administrator, { registry_tokens: 'disabled' }), 204);
  for (const mode of ['enabled', 'no_new', 'disabled'])
    assert.equal(await set(manager, { registry_tokens: mode }), 403, mode);
  assert.equal(await set(manager, { iam_authz: true }), 204);
  assert.equal(await login(registry, token), 401);
  assert.equal(await set(administrator, { registry_tokens: 'enabled' }), 204);
  assert.equal(await login(registry, token), 200);
});

test('nothing but the value itself is a token: every altered one is 401', async () => {
  await using registry = await TestRegistry.start();
  const token = await create(registry, { write: 'true' });
  const [head = '', payload = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64').toString());
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const wrong = [
    '',
    'x',
    token.slice(0, -1),
    `${token}=`,
    `${token}.x`,
    `${head}.${payload}.`,
    `${head}.${payload}.${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`,
    `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    `${encode({ alg: 'HS256', typ: 'JWT', kid: 'other' })}.${payload}.${signature}`,
    `${encode({ alg: 'HS256', typ: 'JWT', jwk: {} })}.${payload}.${signature}`,
    `${head}.${encode({ ...claims, exp: claims.exp + 3600 })}.${signature}`,
    `${head}.${encode({ jti: claims.jti, iss: claims.iss })}.${signature}`,
    `${head}.${encode({ ...claims, jti: '58669dd6-3ddd-5c78-99f9-ad0a5aabd9ad' })}.${signature}`,
    await registry.bearer('repository:birds/a:pull'),
    registry.apikey,
  ];
  for (const each of wrong) assert.equal(await login(registry, each), 401, each);
  for (const name of [claims.jti, 'iamapikey', 'iambearer', 'Token', 'someone@example.com']) {
    assert.equal(await login(registry, token, name), 401, name);
  }
  assert.equal(await login(registry, token), 200);
});

test('a token of one region is nothing on another region’s host, and an alias is the same region', async () => {
  const regions = {
    default: 'us-south',
    anyHost: true,
    regions: [
      { name: 'us-south', aliases: [], hosts: ['us.icr.test', 'registry.ng.test'] },
      { name: 'eu-de', aliases: [], hosts: ['de.icr.test'] },
    ],
  };
  await using registry = await TestRegistry.start({ regions });
  await registry.namespaceAdd('birds');
  const token = await create(registry);
  assert.equal(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64').toString()).iss, 'us.icr.test');
  const at = (host: string): Promise<number> => requestWithHost(registry, host, basic('token', token));
  assert.equal(await at('us.icr.test'), 200);
  assert.equal(await at('registry.ng.test'), 200);
  assert.equal(await at('de.icr.test'), 401);
});

test('tokens are for Administrators of the account, and live on when their creator’s key is gone', async () => {
  await using registry = await TestRegistry.start();
  const { id, apikey } = await registry.createKey('creator');
  const response = await registry.api('POST', '/api/v1/tokens?permanent=true', undefined, apikey);
  const { token } = (await response.json()) as { token: string };
  assert.equal((await registry.api('DELETE', `/v1/apikeys/${id}`)).status, 204);
  assert.equal(await login(registry, token), 200);
});

/** fetch sets Host itself, so this one request is made with node:http. */
const requestWithHost = async (
  registry: TestRegistry,
  host: string,
  authorization: string,
): Promise<number> => {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    request(
      new URL('/oauth/token', registry.url),
      { headers: { Host: host, Authorization: authorization } },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    )
      .once('error', reject)
      .end();
  });
};
