import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { TestRegistry } from '../support/registry.ts';

test('events of management tell what a thing is called, and what of it changed from what to what', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { accountId: account_id, ownerIamId: iam_id } = registry;
  /** The name of the target and the changes of the newest event of an action. */
  const told = async (action: string) => {
    const { body } = await owner.get(`/api/v1/audit/events?action=${action}&limit=1`);
    const [{ target, requestData }] = body.events;
    return [target.name, requestData];
  };

  const { body: service } = await owner.post('/v1/serviceids', { account_id, name: 'ci' });
  await owner.put(`/v1/serviceids/${service.id}`, { name: 'build' }, '*');
  assert.deepEqual(await told('iam-identity.serviceid.update'), [
    'build',
    { name: { from: 'ci', to: 'build' } },
  ]);
  await owner.post(`/v1/serviceids/${service.id}/lock`, {});
  assert.deepEqual(await told('iam-identity.serviceid.lock'), ['build', { locked: { from: 0, to: 1 } }]);
  await owner.delete(`/v1/serviceids/${service.id}/lock`);

  const { body: key } = await owner.post('/v1/apikeys', { account_id, iam_id, name: 'laptop' });
  assert.deepEqual((await told('iam-identity.user-apikey.create'))[1].holder, { to: iam_id });
  await owner.post(`/v1/apikeys/${key.id}/disable`, {});
  assert.deepEqual(await told('iam-identity.user-apikey.disable'), [
    'laptop',
    { disabled: { from: 0, to: 1 } },
  ]);

  const policy = v2Policy(service.iam_id, 'Reader', account_id);
  const { body: made } = await owner.post('/v2/policies', policy);
  const [, given] = await told('iam-access-management.policy.create');
  assert.deepEqual(given.subject, { to: service.iam_id });
  assert.match(given.roles.to[0], /Reader$/);
  assert.ok(given.access.to.includes(`accountId stringEquals ${account_id}`), JSON.stringify(given.access));
  await owner.delete(`/v2/policies/${made.id}`);
  assert.deepEqual((await told('iam-access-management.policy.delete'))[1].subject, { from: service.iam_id });

  const { body: group } = await owner.post(`/v2/groups?account_id=${account_id}`, { name: 'builders' });
  await owner.put(`/v2/groups/${group.id}/members`, { members: [{ iam_id: service.iam_id }] });
  assert.deepEqual(await told('iam-groups.member.add'), ['builders', { members: { to: service.iam_id } }]);

  const headers = { Account: account_id };
  await owner.send('PATCH', '/api/v1/quotas', { storage_megabytes: 1 }, headers);
  await owner.send('PATCH', '/api/v1/quotas', { storage_megabytes: 2 }, headers);
  assert.deepEqual((await told('container-registry.quota.set'))[1], {
    storage_limit: { from: 1_048_576, to: 2_097_152 },
  });
  await owner.send('PATCH', '/api/v1/auth', { registry_tokens: 'no_new' }, headers);
  assert.deepEqual((await told('container-registry.auth.set'))[1], {
    registry_tokens: { from: 'enabled', to: 'no_new' },
  });
  await owner.send('PUT', '/api/v1/namespaces/birds', undefined, headers);
  assert.equal((await told('container-registry.namespace.create'))[0], 'birds');
});
