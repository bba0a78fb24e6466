import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../access/caller.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { EMPTY_JSON, newManifest } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { DAY } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { AllRows } from '../support/rows.ts';
import { ASSUME, as, grant, read } from './people.ts';

const REASON = 'the invoice is not paid';

/** A second account with its owner, and a namespace with an image that everyone may pull. */
class Tenant {
  readonly registry: TestRegistry;
  readonly account: string;
  readonly ownerIamId: string;
  readonly apikey: string;
  digest = '';

  private constructor(registry: TestRegistry, made: Record<string, string>) {
    this.registry = registry;
    this.account = made.account_id ?? '';
    this.ownerIamId = made.owner_iam_id ?? '';
    this.apikey = made.apikey ?? '';
  }

  static async make(registry: TestRegistry, namespace: string): Promise<Tenant> {
    const { body } = await read(await registry.api('POST', '/api/v1/accounts', { name: 'Tenant' }));
    const tenant = new Tenant(registry, body);
    assert.equal((await tenant.asks('PUT', `/api/v1/namespaces/${namespace}`)).status, 201);
    const headers = { Authorization: basic('iamapikey', tenant.apikey) };
    const repository = new TestRepository(registry, `${namespace}/app`);
    const begun = await repository.request('POST', 'blobs/uploads/', { headers });
    const target = `${begun.headers.get('location')}?digest=${EMPTY_DIGEST}`;
    assert.equal((await repository.request('PUT', target, { headers, body: EMPTY_JSON })).status, 201);
    const pushed = await repository.request('PUT', 'manifests/v1', {
      headers: { ...headers, 'Content-Type': 'application/vnd.oci.image.manifest.v1+json' },
      body: newManifest(),
    });
    assert.equal(pushed.status, 201, await pushed.text());
    tenant.digest = pushed.headers.get('docker-content-digest') ?? '';
    const everyone = v2Policy('AccessGroupId-PublicAccess', 'Reader', tenant.account);
    Object.assign(everyone.subject.attributes[0] ?? {}, { key: 'access_group_id' });
    assert.equal((await tenant.asks('POST', '/v2/policies', everyone)).status, 201);
    return tenant;
  }

  async token(apikey = this.apikey): Promise<string> {
    return (await this.registry.login(apikey)).access_token;
  }

  async asks(method: string, path: string, body?: object, token?: string): Promise<Answer> {
    const headers = { Account: this.account };
    return as(this.registry, token ?? (await this.token()), method, path, body, headers);
  }
}

const EMPTY_DIGEST = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';

const change = async (registry: TestRegistry, id: string, what: string, body: object = {}): Promise<Answer> =>
  read(await registry.api('POST', `/api/v1/accounts/${id}/${what}`, body));

const pull = async (registry: TestRegistry, name: string, token?: string): Promise<number> => {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return (await registry.fetch(`/v2/${name}/manifests/v1`, { headers })).status;
};

const anonymously = async (registry: TestRegistry, name: string): Promise<number> => {
  const query = new URLSearchParams({ service: 'registry', scope: `repository:${name}:pull` });
  const { token } = (await (await registry.fetch(`/oauth/token?${query}`)).json()) as { token: string };
  return pull(registry, name, token);
};

test('from the next request on, a suspended account is refused: keys, access tokens, bearers, registry tokens, a profile elsewhere, anonymous pulls; a resumed one is let in as before', async () => {
  await using registry = await TestRegistry.start();
  const tenant = await Tenant.make(registry, 'birds');
  const token = await tenant.token();
  const made = await tenant.asks('POST', '/v1/serviceids/', {
    account_id: tenant.account,
    name: 'ci',
    apikey: { name: 'k' },
  });
  const serviceKey = made.body.apikey.apikey;
  const bearer = await registry.bearer('repository:birds/app:pull', 'iamapikey', tenant.apikey);
  const issued = await tenant.asks('POST', '/api/v1/tokens?permanent=true&description=x');
  const profile = await read(
    await registry.api('POST', '/v1/profiles', { name: 'p', account_id: registry.accountId }),
  );
  const trusted = await registry.api('POST', `/v1/profiles/${profile.body.id}/identities/serviceid`, {
    identifier: made.body.id,
    type: 'serviceid',
    accounts: [tenant.account],
  });
  assert.ok(trusted.ok, await trusted.text());
  const assume = async (): Promise<Answer> =>
    grant(registry, {
      grant_type: ASSUME,
      access_token: await tenant.token(serviceKey),
      profile_id: profile.body.id,
    });
  const elsewhere = (await assume()).body.access_token;
  const works = async (): Promise<Record<string, number>> => ({
    key: (
      await registry.fetch('/oauth/token', { headers: { Authorization: basic('iamapikey', tenant.apikey) } })
    ).status,
    'access token': (await tenant.asks('GET', '/api/v1/namespaces', undefined, token)).status,
    bearer: await pull(registry, 'birds/app', bearer),
    'registry token': (
      await registry.fetch('/oauth/token', { headers: { Authorization: basic('token', issued.body.token) } })
    ).status,
    'service ID': (
      await grant(registry, { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: serviceKey })
    ).status,
    'profile of another account': (await as(registry, elsewhere, 'GET', '/identity/userinfo')).status,
    anonymous: await anonymously(registry, 'birds/app'),
    'another account': await pull(registry, 'birds/app', await registry.bearer('repository:birds/app:pull')),
  });
  const before = await works();
  assert.deepEqual(new Set(Object.values(before)), new Set([200]), JSON.stringify(before));

  const { status, body } = await change(registry, tenant.account, 'suspend', { reason: REASON });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.state, body.state_reason], ['SUSPENDED', REASON]);
  const suspended = await works();
  for (const [what, answered] of Object.entries(suspended))
    assert.ok(answered === 401 || answered === 403 || answered === 400, `${what}: ${answered}`);

  assert.equal((await change(registry, tenant.account, 'resume')).status, 200);
  assert.deepEqual(await works(), before);
});

test('the owner is told why the account is suspended, other callers only that it is, and the operator sees it in the list', async () => {
  await using registry = await TestRegistry.start();
  const tenant = await Tenant.make(registry, 'birds');
  const made = await tenant.asks('POST', '/v1/serviceids/', {
    account_id: tenant.account,
    name: 'ci',
    apikey: { name: 'k' },
  });
  await change(registry, tenant.account, 'suspend', { reason: REASON });
  const login = (apikey: string): Promise<Answer> =>
    grant(registry, { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey });
  const [owner, other] = [await login(tenant.apikey), await login(made.body.apikey.apikey)];
  assert.match(JSON.stringify(owner.body), /the account is suspended: the invoice is not paid/);
  assert.match(JSON.stringify(other.body), /the account is suspended/);
  assert.doesNotMatch(JSON.stringify(other.body), /invoice/);
  const list = await read(await registry.api('GET', '/api/v1/accounts'));
  const row = list.body.accounts.find((each: { account_id: string }) => each.account_id === tenant.account);
  assert.deepEqual([row.state, row.state_reason], ['SUSPENDED', REASON]);
  assert.match(row.state_by, /^user:/);
  const first = list.body.accounts.find((each: { first?: boolean }) => each.first);
  assert.equal(first.account_id, registry.accountId);
  const page = await read(await registry.api('GET', '/api/v1/accounts?limit=1'));
  assert.equal(page.body.accounts.length, 1);
  const rest = await read(await registry.api('GET', `/api/v1/accounts?limit=1&start=${page.body.next}`));
  assert.equal(rest.body.accounts.length, 1);
  assert.notEqual(rest.body.accounts[0].account_id, page.body.accounts[0].account_id);
});

test('accounts are listed, suspended, resumed and deleted by the operator alone, and the first account stays', async () => {
  await using registry = await TestRegistry.start();
  const tenant = await Tenant.make(registry, 'birds');
  for (const [method, path] of [
    ['GET', '/api/v1/accounts'],
    ['GET', `/api/v1/accounts/${tenant.account}`],
    ['POST', `/api/v1/accounts/${tenant.account}/suspend`],
    ['POST', `/api/v1/accounts/${tenant.account}/resume`],
    ['POST', `/api/v1/accounts/${tenant.account}/delete`],
    ['POST', `/api/v1/accounts/${registry.accountId}/suspend`],
  ] as const) {
    const body = method === 'POST' ? {} : undefined;
    assert.equal((await tenant.asks(method, path, body)).status, 403, path);
    const anonymous = await registry.fetch(path, { method });
    assert.equal(anonymous.status, 401, path);
  }
  assert.equal((await change(registry, registry.accountId, 'suspend')).status, 409);
  assert.equal((await change(registry, registry.accountId, 'delete')).status, 409);
  assert.equal((await change(registry, 'nowhere', 'suspend')).status, 404);
  assert.equal((await change(registry, tenant.account, 'delete')).status, 409, 'it is not suspended');
  assert.equal((await tenant.asks('GET', '/api/v1/namespaces')).status, 200);
});

const gone = async (registry: TestRegistry, id: string): Promise<void> => {
  const end = Date.now() + 60_000;
  while ((await registry.api('GET', `/api/v1/accounts/${id}`)).status !== 404) {
    assert.ok(Date.now() < end, 'the account is still there after a minute');
    await sleep(200);
  }
};

test('seven days after it was asked for, a suspended account is gone with all it had; its audit events stay, and its names are free', async () => {
  await using registry = await TestRegistry.start();
  const tenant = await Tenant.make(registry, 'birds');
  const owner = await tenant.token();
  for (const [path, body] of [
    ['/v1/serviceids/', { account_id: tenant.account, name: 'ci', apikey: { name: 'k' } }],
    ['/v1/profiles', { account_id: tenant.account, name: 'p' }],
    [`/v2/groups?account_id=${tenant.account}`, { name: 'g' }],
    [
      `/v2/accounts/${tenant.account}/users`,
      { users: [{ email: 'ada@example.com', account_role: 'Member' }] },
    ],
    ['/v2/resource_groups', { name: 'r', account_id: tenant.account }],
    ['/api/v1/tokens?permanent=true&description=x', undefined],
  ] as const) {
    const { status, body: answer } = await tenant.asks('POST', path, body, owner);
    assert.ok(status < 300, `${path}: ${status} ${JSON.stringify(answer)}`);
  }
  await tenant.asks('PUT', '/api/v1/audit/settings', { pulls: 'each' }, owner);
  await tenant.asks('PATCH', '/api/v1/quotas', { storage: 5 }, owner);
  await change(registry, tenant.account, 'suspend');
  const asked = await change(registry, tenant.account, 'delete', { reason: 'they left' });
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  assert.equal(Date.parse(asked.body.delete_at), registry.clock.now() + 7 * DAY);

  registry.clock.advance(7 * DAY - 1);
  await sleep(50);
  assert.equal((await registry.api('GET', `/api/v1/accounts/${tenant.account}`)).status, 200);
  registry.clock.advance(1);
  await gone(registry, tenant.account);

  assert.equal((await registry.api('PUT', '/api/v1/namespaces/birds')).status, 201, 'the name is free');
  assert.equal(await pull(registry, 'birds/app', await registry.bearer('repository:birds/app:pull')), 404);
  await using rows = await AllRows.open(registry.database);
  const left = Object.entries(await rows.read()).flatMap(([table, found]) =>
    table !== 'audit_events' && JSON.stringify(found).includes(tenant.account) ? [table] : [],
  );
  assert.deepEqual(left, []);
  const log = await read(await registry.api('GET', `/api/v1/audit/events?account=${tenant.account}`));
  const actions = log.body.events.map(({ action }: { action: string }) => action);
  for (const action of ['suspend', 'delete', 'remove'])
    assert.ok(actions.includes(`tidegate.account.${action}`), action);
});

test('a resumed account is not removed, and an account with a held image cannot be deleted', async () => {
  await using registry = await TestRegistry.start();
  const tenant = await Tenant.make(registry, 'birds');
  const hold = await tenant.asks('PUT', `/api/v1/holds/birds%2Fapp@${encodeURIComponent(tenant.digest)}`, {
    reason: 'evidence',
  });
  assert.equal(hold.status, 201, JSON.stringify(hold.body));
  await change(registry, tenant.account, 'suspend');
  const held = await change(registry, tenant.account, 'delete');
  assert.equal(held.status, 409);
  assert.match(JSON.stringify(held.body), /evidence/);
  await change(registry, tenant.account, 'resume');
  const off = `/api/v1/holds/birds%2Fapp@${encodeURIComponent(tenant.digest)}`;
  assert.equal((await tenant.asks('DELETE', off)).status, 204);
  await change(registry, tenant.account, 'suspend');
  assert.equal((await change(registry, tenant.account, 'delete')).status, 202);
  assert.equal((await change(registry, tenant.account, 'resume')).body.delete_at, undefined);
  registry.clock.advance(8 * DAY);
  await sleep(50);
  assert.equal((await tenant.asks('GET', '/api/v1/namespaces')).status, 200);
});
