import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { basic, TestRegistry } from '../support/registry.ts';

const MB = 1_048_576;

describe('the operator’s limit of an account', () => {
  let registry: TestRegistry;
  let tenant: Holder;
  let path: string;

  before(async () => {
    registry = await TestRegistry.start();
    tenant = await new Identities(registry).stranger();
    path = `/api/v1/accounts/${tenant.accountId}/quota`;
  });
  after(() => registry[Symbol.asyncDispose]());

  const operator = async (method: string, body?: object) => registry.api(method, path, body);
  const asTenant = async (method: string, where: string, body?: object) =>
    (await Caller.login(registry, tenant.apikey)).send(method, where, body, { Account: tenant.accountId });
  const limits = async () => (await asTenant('GET', '/api/v1/quotas')).body.limit;

  test('holds whatever plan and limits the account sets, and is its own again when it is taken off', async () => {
    const body = { storage_megabytes: 10, traffic_megabytes: 20 };
    assert.equal((await operator('PUT', body)).status, 204);
    const most = { storage_bytes: 10 * MB, traffic_bytes: 20 * MB };
    assert.deepEqual(await limits(), most);
    for (const [where, change] of [
      ['plans', { plan: 'Free' }],
      ['plans', { plan: 'Standard' }],
      ['quotas', { storage_megabytes: -1, traffic_megabytes: -1 }],
      ['quotas', { storage_megabytes: 1000, traffic_megabytes: 1000 }],
    ] as const) {
      assert.equal((await asTenant('PATCH', `/api/v1/${where}`, change)).status, 200);
      assert.deepEqual(await limits(), most, JSON.stringify(change));
    }
    await asTenant('PATCH', '/api/v1/quotas', { storage_megabytes: 4 });
    assert.deepEqual(await limits(), { ...most, storage_bytes: 4 * MB }, 'a lower one counts');
    const told = await (await operator('GET')).json();
    assert.deepEqual(told, {
      ...body,
      limit: { ...most, storage_bytes: 4 * MB },
      usage: { storage_bytes: 0, traffic_bytes: 0 },
    });
    assert.equal((await operator('DELETE')).status, 204);
    assert.deepEqual(await limits(), { storage_bytes: 4 * MB, traffic_bytes: 1000 * MB });
  });

  test('refuses the account’s next push, and is in its audit log with what it was before', async () => {
    await asTenant('PUT', '/api/v1/namespaces/wrens');
    await operator('PUT', { storage_megabytes: 0, traffic_megabytes: -1 });
    const { status } = await registry.v2('POST', 'wrens/a/blobs/uploads/', {
      headers: { Authorization: basic('iamapikey', tenant.apikey) },
    });
    assert.equal(status, 403);
    await operator('DELETE');
    const { body } = await asTenant('GET', '/api/v1/audit/events?action=tidegate.quota.set');
    assert.match(JSON.stringify(body.events[0]), /storage_limit.*0/);
  });

  test('is the operator’s alone, of an account that there is, and has both bounds', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const body = method === 'PUT' ? { storage_megabytes: -1, traffic_megabytes: -1 } : undefined;
      assert.equal((await asTenant(method, path, body)).status, 403, method);
      const absent = await registry.api(method, '/api/v1/accounts/none/quota', body);
      assert.equal(absent.status, 404, method);
    }
    for (const body of [{}, { storage_megabytes: 1 }, { storage_megabytes: -2, traffic_megabytes: 1 }])
      assert.equal((await operator('PUT', body)).status, 400, JSON.stringify(body));
  });
});
