import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksLikeApiKey } from '../../src/identity/api-keys/api-key-secret.ts';
import type { ApiKey, ApiKeyList } from '../../src/wire/api-keys.ts';
import { HOUR } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { IamLab } from './iam-lab.ts';

const CHOSEN = 'a-secret-of-their-own-of-40-characters-xx';

const loginStatus = async (registry: TestRegistry, secret: string): Promise<number> =>
  (await registry.fetch('/oauth/token', { headers: { Authorization: basic('iamapikey', secret) } })).status;

test('B43: a key of the caller is made; its value is shown once, recognisable, and nowhere else', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const body = { name: 'mine', iam_id: registry.ownerIamId, description: 'laptop', store_value: true };
  const answer = await lab.as(lab.owner, 'POST', '/v1/apikeys', body);
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const made = (await answer.json()) as ApiKey;
  assert.equal(answer.headers.get('etag'), made.entity_tag);
  assert.ok(looksLikeApiKey(made.apikey ?? ''));
  assert.deepEqual(
    [made.locked, made.disabled, made.support_sessions, made.action_when_leaked, made.created_by],
    [false, false, false, 'disable', registry.ownerIamId],
  );
  const read = await lab.want<ApiKey>(200, 'GET', `/v1/apikeys/${made.id}`);
  assert.deepEqual([read.apikey, read.description], ['', 'laptop']);
  const listed = await (await lab.as(lab.owner, 'GET', '/v1/apikeys')).text();
  assert.ok(listed.includes(made.id) && !listed.includes(made.apikey ?? '?'));
  assert.ok(!registry.logged.join('').includes(made.apikey ?? '?'));
  await registry.login(made.apikey);
});

test('a chosen value has 32 characters or more, is not the value of another key, and works', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const body = { name: 'mine', iam_id: registry.ownerIamId };
  await lab.want(400, 'POST', '/v1/apikeys', { ...body, apikey: 'x'.repeat(31) });
  await lab.want(400, 'POST', '/v1/apikeys', { ...body, apikey: `${'x'.repeat(20)} ${'x'.repeat(20)}` });
  assert.equal(
    (await lab.want<ApiKey>(201, 'POST', '/v1/apikeys', { ...body, apikey: CHOSEN })).apikey,
    CHOSEN,
  );
  await lab.want(400, 'POST', '/v1/apikeys', { ...body, apikey: CHOSEN });
  await registry.login(CHOSEN);
});

test('a key is made for the caller or a service ID, not for an unknown iam_id or another user', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { iam_id: iamId } = await lab.serviceId('ci');
  const key = await lab.key(iamId);
  assert.equal((await registry.login(key.apikey)).access_token.split('.').length, 3);
  const stranger = await lab.stranger();
  for (const other of [
    'iam-ServiceId-00000000-0000-4000-8000-000000000000',
    'IBMid-NOBODY',
    stranger.iamId,
    iamId.slice(4),
  ]) {
    const { status } = await lab.as(lab.owner, 'POST', '/v1/apikeys', { name: 'k', iam_id: other });
    assert.equal(status, 403, other);
  }
  const elsewhere = { name: 'k', iam_id: iamId, account_id: stranger.accountId };
  assert.equal((await lab.as(lab.owner, 'POST', '/v1/apikeys', elsewhere)).status, 403);
  assert.equal((await lab.as(stranger, 'POST', '/v1/apikeys', elsewhere)).status, 403);
  await lab.want(400, 'POST', '/v1/apikeys', { name: 'k', iam_id: iamId, account_id: 'invalid' });
  await lab.want(400, 'POST', '/v1/apikeys', { name: '', iam_id: iamId });
});

test('B46: a service ID key has only the rights of the service ID, a user key those of the user', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  await registry.namespaceAdd('birds');
  await registry.namespaceAdd('fish');
  const reader = await lab.someone('reader', 'Reader', {
    serviceName: 'container-registry',
    resourceType: 'namespace',
    resource: 'birds',
  });
  const pull = async (repository: string, apikey: string): Promise<number> => {
    const token = await registry.bearer(`repository:${repository}:pull`, 'iamapikey', apikey);
    const headers = { Authorization: `Bearer ${token}` };
    return (await registry.fetch(`/v2/${repository}/tags/list`, { headers })).status;
  };
  assert.equal(await pull('birds/a', reader.apikey), 404);
  assert.equal(await pull('fish/a', reader.apikey), 401);
  const own = await registry.createKey();
  assert.equal(await pull('fish/a', own.apikey), 404);
  const denied = await lab.as(reader, 'GET', '/v1/serviceids');
  assert.equal(denied.status, 403);
});

test('a key is changed by If-Match, keeps what is not named, and its end can be taken away', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const made = await lab.key(registry.ownerIamId, { expires_at: '2026-02-01T00:00+0000', description: 'd' });
  assert.equal(made.expires_at, '2026-02-01T00:00+0000');
  const path = `/v1/apikeys/${made.id}`;
  const change = { name: 'n', support_sessions: true, action_when_leaked: 'delete' };
  const changed = await lab.want<ApiKey>(200, 'PUT', path, change, { 'If-Match': made.entity_tag });
  assert.deepEqual(
    [changed.name, changed.support_sessions, changed.action_when_leaked, changed.description],
    ['n', true, 'delete', 'd'],
  );
  assert.equal(changed.expires_at, made.expires_at);
  await lab.want(412, 'PUT', path, { name: 'x' }, { 'If-Match': made.entity_tag });
  await lab.want(400, 'PUT', path, { name: 'x' });
  await lab.want(400, 'PUT', path, { expires_at: 'tomorrow' }, { 'If-Match': '*' });
  await lab.want(400, 'PUT', path, { action_when_leaked: 'shout' }, { 'If-Match': '*' });
  const quoted = { 'If-Match': `"${changed.entity_tag}"` };
  const forever = await lab.want<ApiKey>(200, 'PUT', path, { expires_at: '' }, quoted);
  assert.equal(forever.expires_at, undefined);
});

test('B50: a disabled or expired key signs in no more, with any of its tokens; a locked one does', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { id, apikey = '' } = await lab.key(registry.ownerIamId);
  const path = `/v1/apikeys/${id}`;
  const { access_token } = await registry.login(apikey, 'bx');
  const asToken = async (): Promise<number> =>
    (await registry.fetch('/v1/apikeys', { headers: { Authorization: `Bearer ${access_token}` } })).status;
  await lab.want(204, 'POST', `${path}/disable`);
  await lab.want(204, 'POST', `${path}/disable`);
  assert.deepEqual([await loginStatus(registry, apikey), await asToken()], [401, 401]);
  assert.equal((await lab.want<ApiKey>(200, 'GET', path)).disabled, true);
  await lab.want(204, 'DELETE', `${path}/disable`);
  assert.deepEqual([await loginStatus(registry, apikey), await asToken()], [200, 200]);

  await lab.want(204, 'POST', `${path}/lock`);
  assert.equal(await loginStatus(registry, apikey), 200);
  await lab.want(409, 'PUT', path, { name: 'x' }, { 'If-Match': '*' });
  await lab.want(409, 'DELETE', path);
  await lab.want(204, 'DELETE', `${path}/lock`);
  await lab.want(200, 'PUT', path, { expires_at: '2026-01-15T13:00+0000' }, { 'If-Match': '*' });
  registry.clock.advance(HOUR - 1000);
  assert.equal(await loginStatus(registry, apikey), 200);
  registry.clock.advance(1000);
  assert.equal(await loginStatus(registry, apikey), 401);
  await lab.want(204, 'DELETE', path);
  for (const [method, suffix] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/lock'],
    ['POST', '/disable'],
    ['DELETE', '/disable'],
  ])
    await lab.want(404, method ?? '', path + suffix);
});

test('a key can be made locked and disabled', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const headers = { 'Entity-Lock': 'true', 'Entity-Disable': 'true' };
  const made = await lab.key(registry.ownerIamId, {}, headers);
  assert.deepEqual([made.locked, made.disabled], [true, true]);
  assert.equal(await loginStatus(registry, made.apikey ?? ''), 401);
});

test('an identity has at most 20 keys', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { iam_id: iamId } = await lab.serviceId('ci');
  for (let n = 0; n < 20; n++) await lab.key(iamId);
  await lab.want(409, 'POST', '/v1/apikeys', { name: 'k', iam_id: iamId });
});

test('keys are listed of an identity or of an account, by kind, page by page to the end, sorted and filtered', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const ids = [await lab.serviceId('a'), await lab.serviceId('b')].map(({ iam_id }) => iam_id);
  for (const iamId of ids) for (const name of ['z', 'y', 'x']) await lab.key(iamId, { name: `${name}-key` });
  await lab.key(registry.ownerIamId, { name: 'gone', expires_at: '2026-01-15T11:00+0000' });
  const list = async (query: string): Promise<ApiKey[]> => {
    const keys: ApiKey[] = [];
    let url: string | undefined = `/v1/apikeys?account_id=${registry.accountId}&${query}`;
    while (url) {
      const page: ApiKeyList = await lab.want(200, 'GET', url);
      keys.push(...page.apikeys);
      url = page.next;
    }
    return keys;
  };
  const names = async (query: string): Promise<string[]> => (await list(query)).map(({ name }) => name);
  assert.deepEqual(await names(''), ['owner']);
  assert.deepEqual(await names(`iam_id=${ids[0]}&pagesize=1&sort=name`), ['x-key', 'y-key', 'z-key']);
  assert.deepEqual(await names('scope=account'), ['owner']);
  const all = await list('scope=account&type=serviceid&pagesize=2');
  assert.deepEqual(new Set(all.map(({ iam_id }) => iam_id)), new Set(ids));
  assert.equal(new Set(all.map(({ id }) => id)).size, 6);
  const sorted = await names('scope=account&type=serviceid&pagesize=2&sort=name&order=desc');
  assert.deepEqual(sorted, ['z-key', 'z-key', 'y-key', 'y-key', 'x-key', 'x-key']);
  const filter = encodeURIComponent('name sw "x"');
  assert.equal((await list(`scope=account&type=serviceid&filter=${filter}&include_history=true`)).length, 2);
  const [first] = await list(`iam_id=${ids[1]}&include_history=true`);
  assert.equal(first?.history?.[0]?.action, 'iam-identity.serviceid-apikey.create');
});

test('details are for the holder of the secret, and say when it last signed in and how often', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { id, apikey = '' } = await lab.key(registry.ownerIamId);
  await registry.login(apikey);
  await registry.restart();
  const details = await lab.want<ApiKey>(200, 'GET', '/v1/apikeys/details?include_history=true', undefined, {
    'IAM-ApiKey': apikey,
  });
  assert.deepEqual([details.id, details.apikey, details.history?.length], [id, '', 1]);
  assert.equal(details.activity?.authn_count, 1);
  assert.equal(details.activity?.last_authn, '2026-01-15T12:00+0000');
  await lab.want(400, 'GET', '/v1/apikeys/details');
  await lab.want(401, 'GET', '/v1/apikeys/details', undefined, { 'IAM-ApiKey': 'x'.repeat(44) });
});

test('a leaked key is disabled, deleted or left alone, as it says; a holder of the secret may report it', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const report = (secret?: string): Promise<Response> =>
    registry.fetch('/v1/apikeys/leaked', {
      method: 'POST',
      headers: secret === undefined ? {} : { 'IAM-ApiKey': secret },
    });
  for (const action of ['disable', 'delete', 'none'] as const) {
    const made = await lab.key(
      registry.ownerIamId,
      { action_when_leaked: action },
      { 'Entity-Lock': 'true' },
    );
    const { access_token } = await registry.login(made.apikey);
    for (let again = 0; again < 2; again++) {
      const answer = await report(made.apikey);
      if (action === 'delete' && again === 1) {
        assert.equal(answer.status, 401);
        continue;
      }
      assert.deepEqual(await answer.json(), { id: made.id, action });
    }
    const { status } = await registry.fetch('/v1/apikeys', {
      headers: { Authorization: `Bearer ${access_token}` },
    });
    assert.equal(status, action === 'none' ? 200 : 401, action);
    if (action === 'delete') continue;
    const { history = [] } = await lab.want<ApiKey>(
      200,
      'GET',
      `/v1/apikeys/${made.id}?include_history=true`,
    );
    assert.ok(history.some((event) => event.action === 'iam-identity.user-apikey.leaked'));
  }
  assert.equal((await report('x'.repeat(44))).status, 401);
  assert.equal((await report()).status, 400);
});

test('P4: a key of another account is not there, whatever is asked of it', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { id, iam_id: iamId } = await lab.key((await lab.serviceId('ci')).iam_id);
  const stranger = await lab.stranger();
  for (const [method, suffix] of [
    ['GET', ''],
    ['PUT', ''],
    ['DELETE', ''],
    ['POST', '/lock'],
    ['DELETE', '/lock'],
    ['POST', '/disable'],
    ['DELETE', '/disable'],
  ] as const) {
    const body = method === 'PUT' ? { name: 'x' } : undefined;
    const { status } = await lab.as(stranger, method, `/v1/apikeys/${id}${suffix}`, body, {
      'If-Match': '*',
    });
    assert.equal(status, 404, `${method} ${suffix}`);
  }
  const others = `/v1/apikeys?account_id=${registry.accountId}&iam_id=${iamId}`;
  assert.equal((await lab.as(stranger, 'GET', others)).status, 403);
  const mine = `/v1/apikeys?account_id=${stranger.accountId}&iam_id=${iamId}`;
  assert.deepEqual(((await (await lab.as(stranger, 'GET', mine)).json()) as ApiKeyList).apikeys, []);
});
