import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { basic, TestRegistry } from '../support/registry.ts';

const assign = async (
  registry: TestRegistry,
  method: string,
  name: string,
  group: string,
  holder: Pick<Holder, 'apikey'> = registry,
): Promise<number> => {
  const { access_token: token } = await registry.login(holder.apikey);
  const response = await registry.fetch(`/api/v1/namespaces/${name}`, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      Account: registry.accountId,
      ...(group === '' ? {} : { 'X-Auth-Resource-Group': group }),
    },
  });
  await response.arrayBuffer();
  return response.status;
};

test('a resource group: 201 with id and crn, listed beside the default one, renamed, deleted', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const made = await owner.post('/v2/resource_groups', { name: 'birds', account_id: accountId });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(Object.keys(made.body).sort(), ['crn', 'id']);
  const again = await owner.post('/v2/resource_groups', { name: 'birds', account_id: accountId });
  assert.equal(again.status, 409);
  const names = async (query: string): Promise<string[]> =>
    (await owner.get(`/v2/resource_groups?account_id=${accountId}${query}`)).body.resources.map(
      ({ name }: { name: string }) => name,
    );
  assert.deepEqual(await names(''), ['Default', 'birds']);
  assert.deepEqual(await names('&default=true'), ['Default']);
  assert.deepEqual(await names('&name=birds'), ['birds']);
  const path = `/v2/resource_groups/${made.body.id}`;
  assert.equal((await owner.patch(path, { name: 'bees' })).body.name, 'bees');
  assert.equal((await owner.get(path)).body.state, 'ACTIVE');
  assert.equal((await owner.delete(path)).status, 204);
  assert.equal((await owner.get(path)).status, 404);
  const first = `/v2/resource_groups/${accountId}`;
  assert.equal((await owner.get(first)).body.default, true);
  assert.equal((await owner.delete(first)).status, 400);
  const { body: quotas } = await owner.get('/v2/quota_definitions');
  assert.equal((await owner.get(`/v2/quota_definitions/${quotas.resources[0].id}`)).status, 200);
  assert.equal((await owner.get('/v2/quota_definitions/none')).status, 404);
});

test('a namespace is put into a resource group when it is added or once later, and stays there', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const [one, two] = await Promise.all(
    ['one', 'two'].map(
      async (name) => (await owner.post('/v2/resource_groups', { name, account_id: accountId })).body.id,
    ),
  );
  assert.equal(await assign(registry, 'PUT', 'birds', one), 201);
  assert.equal(await assign(registry, 'PUT', 'bees', ''), 201);
  assert.equal(await assign(registry, 'PATCH', 'bees', ''), 400);
  assert.equal(await assign(registry, 'PATCH', 'bees', two), 200);
  assert.equal(await assign(registry, 'PATCH', 'bees', two), 200, 'the same again');
  assert.equal(await assign(registry, 'PATCH', 'bees', one), 409);
  assert.equal(await assign(registry, 'PATCH', 'bees', accountId), 409);
  assert.equal(await assign(registry, 'PATCH', 'wasps', one), 404);
  assert.equal(await assign(registry, 'PUT', 'wasps', 'nowhere'), 404);
  const details = (await (await registry.api('GET', '/api/v1/namespaces/details')).json()) as {
    name: string;
    resource_group: string;
  }[];
  assert.deepEqual(
    details.map(({ name, resource_group: group }) => [name, group]),
    [
      ['bees', two],
      ['birds', one],
    ],
  );
  assert.equal((await owner.delete(`/v2/resource_groups/${one}`)).status, 409);
  await registry.api('DELETE', '/api/v1/namespaces/birds');
  assert.equal((await owner.delete(`/v2/resource_groups/${one}`)).status, 204);
});

test('a policy on a resource group reaches the namespaces in it, the default group those in none', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const group = (await owner.post('/v2/resource_groups', { name: 'one', account_id: accountId })).body.id;
  await assign(registry, 'PUT', 'birds', group);
  await assign(registry, 'PUT', 'bees', '');
  await assign(registry, 'PUT', 'cats', '');
  const holder = await identities.serviceId();
  const listed = async (): Promise<unknown> =>
    (await registry.api('GET', '/api/v1/namespaces', undefined, holder.apikey)).json();
  const policy = (resourceGroupId: string) =>
    v2Policy(holder.iamId, 'Reader', accountId, { serviceName: 'container-registry', resourceGroupId });
  const made = await owner.post('/v2/policies', policy(group));
  const tags = async (): Promise<number> => {
    const headers = { Authorization: basic('iamapikey', holder.apikey) };
    return (await registry.fetch('/v2/bees/image/tags/list', { headers })).status;
  };
  assert.deepEqual(await listed(), ['birds']);
  assert.equal(await tags(), 401);
  await assign(registry, 'PATCH', 'bees', group);
  assert.deepEqual(await listed(), ['bees', 'birds'], 'with the next request');
  assert.equal(await tags(), 404, 'allowed to know that there is no such repository');
  await owner.put(`/v2/policies/${made.body.id}`, policy(accountId), '*');
  assert.deepEqual(await listed(), ['cats']);
});

test('adding a namespace to a resource group needs Viewer on the group', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const group = (await owner.post('/v2/resource_groups', { name: 'one', account_id: accountId })).body.id;
  const manager = await identities.serviceId();
  await owner.post('/v2/policies', v2Policy(manager.iamId, 'Manager', accountId));
  assert.equal(await assign(registry, 'PUT', 'bees', '', manager), 201);
  assert.equal(await assign(registry, 'PUT', 'birds', group, manager), 404);
  const viewer = v2Policy(manager.iamId, 'Viewer', accountId, {
    resourceType: 'resource-group',
    resource: group,
  });
  assert.equal((await owner.post('/v2/policies', viewer)).status, 201);
  assert.equal(await assign(registry, 'PUT', 'birds', group, manager), 201);
});

test("a stranger's request for a resource group is 404, like one for none", async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const group = (await owner.post('/v2/resource_groups', { name: 'one', account_id: accountId })).body.id;
  const stranger = await identities.stranger();
  const foreign = await Caller.login(registry, stranger.apikey);
  for (const id of [group, accountId, '00000000000000000000000000000000']) {
    const path = `/v2/resource_groups/${id}`;
    const answers = [
      await foreign.get(path),
      await foreign.patch(path, { name: 'x' }),
      await foreign.delete(path),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404, 404],
    );
  }
  assert.equal((await foreign.get(`/v2/resource_groups?account_id=${accountId}`)).status, 403);
  const body = { name: 'x', account_id: accountId };
  assert.equal((await foreign.post('/v2/resource_groups', body)).status, 403);
});

test('an account has at most 100 resource groups beside its default one', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const make = async (name: string): Promise<number> =>
    (await owner.post('/v2/resource_groups', { name, account_id: registry.accountId })).status;
  for (let count = 0; count < 100; count++) assert.equal(await make(`group ${count}`), 201);
  assert.equal(await make('one more'), 409);
  const { body } = await owner.get('/v2/resource_groups');
  assert.equal(body.resources.length, 101);
});
