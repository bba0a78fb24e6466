import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { basic, TestRegistry } from '../support/registry.ts';

describe('putting a namespace into a resource group', () => {
  let registry: TestRegistry;
  let identities: Identities;
  let owner: Caller;
  let count = 0;
  before(async () => {
    registry = await TestRegistry.start();
    identities = new Identities(registry);
    owner = await Caller.login(registry);
  });
  after(() => registry[Symbol.asyncDispose]());

  const newGroup = async (accountId = registry.accountId, caller = owner): Promise<string> => {
    const made = await caller.post('/v2/resource_groups', {
      name: `group ${++count}`,
      account_id: accountId,
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body.id;
  };

  const newNamespace = async (): Promise<string> => {
    const name = `birds-${++count}`;
    await registry.namespaceAdd(name);
    return name;
  };

  const grant = async (to: Holder, role: string, attributes: Record<string, string>, more: object = {}) => {
    const { status, body } = await owner.post(
      '/v2/policies',
      v2Policy(to.iamId, role, registry.accountId, attributes, more),
    );
    assert.equal(status, 201, JSON.stringify(body));
  };

  const inGroup = (resourceGroupId: string) => ({ serviceName: 'container-registry', resourceGroupId });

  const assign = async (holder: { apikey: string }, name: string, group: string): Promise<number> => {
    const caller = await Caller.login(registry, holder.apikey);
    const headers = { Account: registry.accountId, 'X-Auth-Resource-Group': group };
    return (await caller.send('PATCH', `/api/v1/namespaces/${name}`, undefined, headers)).status;
  };

  /** A role of the account that can add namespaces and nothing else. */
  const creator = async (): Promise<string> => {
    const name = `Creator${++count}`;
    const { status, body } = await owner.post('/v2/roles', {
      name,
      display_name: name,
      account_id: registry.accountId,
      service_name: 'container-registry',
      actions: ['container-registry.namespace.create'],
    });
    assert.equal(status, 201, JSON.stringify(body));
    return body.crn;
  };

  test('Manager on a group of one’s own and the right to add namespaces do not move a namespace into that group', async () => {
    const [name, group] = [await newNamespace(), await newGroup()];
    const mover = await identities.serviceId();
    await grant(mover, await creator(), { serviceName: 'container-registry' });
    await grant(mover, 'Manager', inGroup(group));
    await grant(mover, 'Viewer', { resourceType: 'resource-group', resource: group });
    assert.equal(await assign(mover, name, group), 403);
    const pull = await registry.fetch(`/v2/${name}/image/tags/list`, {
      headers: { Authorization: basic('iamapikey', mover.apikey) },
    });
    assert.equal(pull.status, 401);
  });

  test('it needs Administrator over the namespace and over what the group holds', async () => {
    const [name, group] = [await newNamespace(), await newGroup()];
    const mover = await identities.serviceId();
    await grant(mover, 'Manager', { serviceName: 'container-registry' });
    assert.equal(await assign(mover, name, group), 403, 'Manager of the service');
    await grant(mover, 'Administrator', onNamespace(name));
    assert.equal(await assign(mover, name, group), 403, 'Administrator over the namespace alone');
    await grant(mover, 'Administrator', inGroup(group));
    assert.equal(await assign(mover, name, group), 200);
  });

  test('a right that is limited in time does not do', async () => {
    const [name, group] = [await newNamespace(), await newGroup()];
    const mover = await identities.serviceId();
    const now = registry.clock.now();
    const time = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}+00:00`;
    const limited = {
      pattern: 'time-based-conditions:once',
      rule: {
        operator: 'and',
        conditions: [
          {
            key: '{{environment.attributes.current_date_time}}',
            operator: 'dateTimeGreaterThanOrEquals',
            value: time(now - 60_000),
          },
          {
            key: '{{environment.attributes.current_date_time}}',
            operator: 'dateTimeLessThanOrEquals',
            value: time(now + 60_000),
          },
        ],
      },
    };
    await grant(mover, 'Administrator', { serviceName: 'container-registry' }, limited);
    assert.equal(await assign(mover, name, group), 403);
    await grant(mover, 'Administrator', { serviceName: 'container-registry' });
    assert.equal(await assign(mover, name, group), 200);
  });

  test('a stranger to the namespace learns neither whether it exists nor its group', async () => {
    const [name, group] = [await newNamespace(), await newGroup()];
    const mover = await identities.serviceId();
    await grant(mover, 'Administrator', inGroup(group));
    const caller = await Caller.login(registry, mover.apikey);
    const headers = { Account: registry.accountId, 'X-Auth-Resource-Group': group };
    const ask = async (each: string) => {
      const { status, body } = await caller.send('PATCH', `/api/v1/namespaces/${each}`, undefined, headers);
      return { status, message: body.message.replaceAll(each, 'NAME') };
    };
    assert.deepEqual(await ask(name), await ask('absent'));
  });

  test('the operator moves a namespace of any account out of a wrong group, and its owner cannot', async () => {
    const account = await identities.stranger();
    const theirs = await Caller.login(registry, account.apikey);
    const headers = { Account: account.accountId };
    const name = `theirs-${++count}`;
    assert.equal((await theirs.send('PUT', `/api/v1/namespaces/${name}`, undefined, headers)).status, 201);
    const [wrong, right] = [
      await newGroup(account.accountId, theirs),
      await newGroup(account.accountId, theirs),
    ];
    const assigning = { ...headers, 'X-Auth-Resource-Group': wrong };
    assert.equal(
      (await theirs.send('PATCH', `/api/v1/namespaces/${name}`, undefined, assigning)).status,
      200,
    );
    const path = `/api/v1/accounts/${account.accountId}/namespaces/${name}/resource_group`;
    const body = { resource_group_id: right };
    assert.equal((await theirs.put(path, body)).status, 403);
    assert.equal(
      (await owner.put(path, { resource_group_id: await newGroup() })).status,
      404,
      'of another account',
    );
    assert.equal((await owner.put(path, body)).status, 200);
    const group = async () => {
      const details = await theirs.send('GET', '/api/v1/namespaces/details', undefined, headers);
      return details.body[0].resource_group;
    };
    assert.equal(await group(), right);
    assert.equal((await owner.put(path, { resource_group_id: account.accountId })).status, 200);
    assert.equal(await group(), account.accountId, 'the default group');
  });
});
