import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { TestRegistry } from '../support/registry.ts';
import { askHost, TWO_REGIONS } from './ask-host.ts';

const MB = 1_048_576;
const FREE = { storage_bytes: 512 * MB, traffic_bytes: 5120 * MB };

describe('what an account chooses in a region', () => {
  let registry: TestRegistry;
  let identities: Identities;
  let stranger: Holder;

  before(async () => {
    registry = await TestRegistry.start({ regions: TWO_REGIONS });
    identities = new Identities(registry);
    stranger = await identities.stranger();
    await registry.namespaceAdd('birds');
  });
  after(() => registry[Symbol.asyncDispose]());

  const api = async (method: string, path: string, body?: object) => {
    const response = await registry.api(method, path, body);
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const limits = async () => (await api('GET', '/api/v1/quotas')).body.limit;

  test('an account begins on the plan Standard without limits', async () => {
    assert.deepEqual(await api('GET', '/api/v1/plans'), { status: 200, body: { plan: 'Standard' } });
    assert.deepEqual(await limits(), { storage_bytes: -1, traffic_bytes: -1 });
  });

  test('the plan Free has IBM’s limits, which can be lowered and never raised', async () => {
    assert.equal((await api('PATCH', '/api/v1/plans', { plan: 'Free' })).status, 200);
    assert.deepEqual((await api('GET', '/api/v1/plans')).body, { plan: 'Free' });
    assert.deepEqual(await limits(), FREE);
    for (const body of [
      { storage_megabytes: 513 },
      { traffic_megabytes: 5121 },
      { storage_megabytes: -1 },
      { storage_megabytes: 1, traffic_megabytes: -1 },
    ]) {
      const refused = await api('PATCH', '/api/v1/quotas', body);
      assert.equal(refused.status, 409);
      assert.match(refused.body.message, /the plan Free has at most \d+ megabytes of (storage|traffic)/);
    }
    assert.deepEqual(await limits(), FREE);
    assert.equal((await api('PATCH', '/api/v1/quotas', { storage_megabytes: 500 })).status, 200);
    assert.deepEqual(await limits(), { ...FREE, storage_bytes: 500 * MB });
  });

  test('back on Standard the limits are the account’s own again', async () => {
    await api('PATCH', '/api/v1/plans', { plan: 'Standard' });
    assert.deepEqual(await limits(), { storage_bytes: 500 * MB, traffic_bytes: -1 });
    await api('PATCH', '/api/v1/quotas', { storage_megabytes: 2000 });
    await api('PATCH', '/api/v1/plans', { plan: 'Free' });
    assert.deepEqual(await limits(), FREE, 'a limit above the plan’s is kept and does not count');
    await api('PATCH', '/api/v1/plans', { plan: 'Standard' });
    assert.deepEqual(await limits(), { storage_bytes: 2000 * MB, traffic_bytes: -1 });
    await api('PATCH', '/api/v1/quotas', { storage_megabytes: -1 });
  });

  test('an account that stores more than its limit keeps it all, pulls on, and pushes nothing more', async () => {
    const upload = () => registry.v2('POST', 'birds/a/blobs/uploads/');
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [],
    });
    const put = (tag: string) =>
      registry.v2('PUT', `birds/a/manifests/${tag}`, {
        body: manifest,
        headers: { 'Content-Type': 'application/vnd.oci.image.index.v1+json' },
      });
    assert.equal((await put('1')).status, 201);
    await api('PATCH', '/api/v1/quotas', { storage_megabytes: 0 });
    await api('PATCH', '/api/v1/plans', { plan: 'Free' });
    assert.equal((await upload()).status, 403);
    assert.equal((await put('2')).status, 403);
    assert.equal((await registry.v2('GET', 'birds/a/manifests/1')).status, 200);
    await api('PATCH', '/api/v1/quotas', { storage_megabytes: 512 });
    assert.equal((await upload()).status, 202);
    await api('PATCH', '/api/v1/plans', { plan: 'Standard' });
    await api('PATCH', '/api/v1/quotas', { storage_megabytes: -1 });
  });

  test('plan, settings and auth options are kept, for one account in one region, also over a restart', async () => {
    await api('PATCH', '/api/v1/plans', { plan: 'Free' });
    assert.equal((await api('PATCH', '/api/v1/settings', { platform_metrics: true })).status, 204);
    assert.equal((await api('PATCH', '/api/v1/auth', { private_only: true })).status, 204);
    await registry.restart();
    const chosen = {
      '/api/v1/plans': { plan: 'Free' },
      '/api/v1/settings': { platform_metrics: true },
      '/api/v1/auth': { iam_authz: true, private_only: true, registry_tokens: 'enabled' },
    };
    const unchosen = {
      '/api/v1/plans': { plan: 'Standard' },
      '/api/v1/settings': { platform_metrics: false },
      '/api/v1/auth': { iam_authz: true, private_only: false, registry_tokens: 'enabled' },
    };
    const other = await Caller.login(registry, stranger.apikey);
    const { access_token: token } = await registry.login();
    for (const path of Object.keys(chosen) as (keyof typeof chosen)[]) {
      assert.deepEqual((await api('GET', path)).body, chosen[path]);
      const headers = { Account: stranger.accountId };
      assert.deepEqual((await other.send('GET', path, undefined, headers)).body, unchosen[path]);
      const elsewhere = await askHost(registry, 'de.example.com', path, {
        Authorization: `Bearer ${token}`,
        Account: registry.accountId,
      });
      assert.deepEqual(elsewhere, unchosen[path], `${path} in another region`);
    }
    await api('PATCH', '/api/v1/plans', { plan: 'Standard' });
  });

  test('private-only access and registry tokens are changed apart from each other', async () => {
    await api('PATCH', '/api/v1/auth', { private_only: true });
    await api('PATCH', '/api/v1/auth', { registry_tokens: 'no_new' });
    assert.deepEqual((await api('GET', '/api/v1/auth')).body, {
      iam_authz: true,
      private_only: true,
      registry_tokens: 'no_new',
    });
    await api('PATCH', '/api/v1/auth', { private_only: false });
    assert.equal((await api('GET', '/api/v1/auth')).body.registry_tokens, 'no_new');
    await api('PATCH', '/api/v1/auth', { registry_tokens: 'enabled' });
  });

  test('policies cannot be switched off', async () => {
    const refused = await api('PATCH', '/api/v1/auth', { iam_authz: false, private_only: true });
    assert.deepEqual([refused.status, refused.body.code], [400, 'CRG0001E']);
    assert.match(refused.body.message, /^Policies decide in every account: .* cannot be switched off\.$/);
    assert.equal((await api('GET', '/api/v1/auth')).body.private_only, false, 'nothing of it is changed');
    assert.equal((await api('PATCH', '/api/v1/auth', { iam_authz: true })).status, 204);
    assert.equal((await api('GET', '/api/v1/auth')).body.iam_authz, true);
  });

  test('a change that names nothing changes nothing and records nothing', async () => {
    const events = async () =>
      (await api('GET', '/api/v1/audit/events?action=container-registry.*')).body.events.length;
    const before = await events();
    assert.equal((await api('PATCH', '/api/v1/settings', {})).status, 204);
    assert.equal((await api('PATCH', '/api/v1/auth', {})).status, 204);
    assert.equal(await events(), before);
  });

  test('changes of plan, settings and private-only access are events that say what it was', async () => {
    await api('PATCH', '/api/v1/plans', { plan: 'Free' });
    registry.clock.advance(1000);
    await api('PATCH', '/api/v1/plans', { plan: 'Standard' });
    await api('PATCH', '/api/v1/settings', { platform_metrics: false });
    await api('PATCH', '/api/v1/auth', { private_only: true });
    for (const [action, changed] of [
      ['plan.set', { plan: { from: 'Free', to: 'Standard' } }],
      ['settings.set', { platform_metrics: { from: true, to: false } }],
      ['auth.set', { private_only: { from: false, to: true } }],
    ] as const) {
      const { body } = await api('GET', `/api/v1/audit/events?action=container-registry.${action}`);
      assert.deepEqual(body.events[0]?.requestData, changed, JSON.stringify(body.events[0]));
    }
  });

  test('a value that is not one is 400 with a code and a sentence, and changes nothing', async () => {
    for (const [path, body] of [
      ['/api/v1/plans', { plan: 'Gold' }],
      ['/api/v1/plans', { plan: 'free' }],
      ['/api/v1/plans', {}],
      ['/api/v1/plans', { plan: null }],
      ['/api/v1/settings', { platform_metrics: 'sometimes' }],
      ['/api/v1/settings', { platform_metrics: { on: true } }],
      ['/api/v1/auth', { private_only: 'x' }],
      ['/api/v1/auth', { registry_tokens: 'some' }],
      ['/api/v1/quotas', { storage_megabytes: 'all' }],
      ['/api/v1/quotas', { storage_megabytes: -2 }],
      ['/api/v1/quotas', { traffic_megabytes: 1e18 }],
    ] as const) {
      const { status, body: problem } = await api('PATCH', path, body);
      assert.deepEqual([status, problem.code], [400, 'CRG0001E'], JSON.stringify([path, body, problem]));
      assert.match(problem.message, /^The request is not valid: .*\.$/);
    }
    assert.deepEqual((await api('GET', '/api/v1/plans')).body, { plan: 'Standard' });
  });

  test('a stranger changes nothing by naming this account in the header Account', async () => {
    const other = await Caller.login(registry, stranger.apikey);
    const headers = { Account: registry.accountId };
    for (const [path, body] of [
      ['/api/v1/plans', { plan: 'Free' }],
      ['/api/v1/settings', { platform_metrics: true }],
      ['/api/v1/auth', { private_only: true }],
    ] as const) {
      assert.equal((await other.send('PATCH', path, body, headers)).status, 401);
      assert.equal((await other.send('GET', path, undefined, headers)).status, 401);
    }
    assert.deepEqual((await api('GET', '/api/v1/plans')).body, { plan: 'Standard' });
  });

  test('a Writer reads the settings and changes none of them', async () => {
    const writer = await identities.holding('Writer');
    const caller = await Caller.login(registry, writer.apikey);
    const headers = { Account: registry.accountId };
    assert.equal((await caller.send('GET', '/api/v1/settings', undefined, headers)).status, 200);
    for (const [path, body] of [
      ['/api/v1/settings', { platform_metrics: true }],
      ['/api/v1/plans', { plan: 'Free' }],
      ['/api/v1/quotas', { storage_megabytes: 1 }],
      ['/api/v1/auth', { private_only: true }],
    ] as const)
      assert.equal((await caller.send('PATCH', path, body, headers)).status, 403, path);
  });
});

describe('addresses of IBM’s that have nothing behind them', () => {
  let registry: TestRegistry;
  before(async () => {
    registry = await TestRegistry.start();
  });
  after(() => registry[Symbol.asyncDispose]());

  test('there is no message for users: 204 without a body, with and without a token', async () => {
    for (const response of [
      await registry.fetch('/api/v1/messages'),
      await registry.api('GET', '/api/v1/messages'),
    ]) {
      assert.equal(response.status, 204);
      assert.equal(await response.text(), '');
    }
  });

  test('a build is refused with one line as docker prints it, before the files to build are read', async () => {
    const { access_token: token } = await registry.login();
    const response = await registry.fetch('/api/v1/builds?t=us.icr.io/birds/a:1&nocache=true', {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-tar' },
      body: new Uint8Array(500_000),
    });
    assert.equal(response.status, 410);
    const text = await response.text();
    assert.equal(text.split('\n').length, 2, 'one line');
    const line = JSON.parse(text);
    assert.match(line.error, /^This registry does not build images.*docker push/);
    assert.deepEqual(line.errorDetail, { message: line.error });
    assert.deepEqual([line.code, line.message], ['CRI0410E', line.error]);
    assert.equal(line['request-id'], response.headers.get('x-request-id'));
  });

  test('who is not logged in is told to log in, in the same form', async () => {
    const response = await registry.fetch('/api/v1/builds', { method: 'POST', body: 'x' });
    assert.equal(response.status, 401);
    const line = (await response.json()) as { error: string; errorDetail: { message: string } };
    assert.match(line.errorDetail.message, /^Send an access token/);
  });
});
