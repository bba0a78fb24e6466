import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { IamLab, type Scope } from './iam-lab.ts';

const IDENTITY: Scope = { serviceName: 'iam-identity' };
const BIRDS: Scope = { serviceName: 'container-registry', resourceType: 'namespace', resource: 'birds' };
const FISH: Scope = { ...BIRDS, resource: 'fish' };

test('P2: rights do not grow through a key: it is made only by Administrators over all that its service ID reaches', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const bird = await lab.someone('bird reader', 'Reader', BIRDS);
  const both = await lab.someone('reader of both', 'Reader', BIRDS);
  await lab.grant(both.iamId, 'Reader', FISH);
  const nothing = await lab.someone('reaches nothing');
  const keeper = await lab.someone('birds administrator', 'Administrator', IDENTITY);
  await lab.grant(keeper.iamId, 'Administrator', BIRDS);
  const statuses = async (path: (keyId: string) => string, method: string, body?: object) =>
    Promise.all(
      [bird, both, nothing].map(async ({ iamId }) => {
        const { apikeys } = (await (
          await lab.as(lab.owner, 'GET', `/v1/apikeys?iam_id=${iamId}`)
        ).json()) as { apikeys: { id: string }[] };
        const where = path(apikeys[0]?.id ?? '');
        const sent = body && { ...body, ...(method === 'POST' ? { iam_id: iamId } : {}) };
        return (await lab.as(keeper, method, where, sent, { 'If-Match': '*' })).status;
      }),
    );
  assert.deepEqual(await statuses(() => '/v1/apikeys', 'POST', { name: 'k' }), [201, 403, 201]);
  assert.deepEqual(await statuses((id) => `/v1/apikeys/${id}/disable`, 'POST'), [204, 204, 204]);
  assert.deepEqual(await statuses((id) => `/v1/apikeys/${id}/disable`, 'DELETE'), [204, 403, 204]);
  assert.deepEqual(await statuses((id) => `/v1/apikeys/${id}/lock`, 'DELETE'), [204, 403, 204]);
  assert.deepEqual(await statuses((id) => `/v1/apikeys/${id}`, 'PUT', { name: 'n' }), [200, 200, 200]);
  assert.deepEqual(await statuses((id) => `/v1/apikeys/${id}`, 'PUT', { expires_at: '' }), [200, 403, 200]);

  const unlocked = await Promise.all(
    [bird, both].map(async ({ id }) => (await lab.as(keeper, 'DELETE', `/v1/serviceids/${id}/lock`)).status),
  );
  assert.deepEqual(unlocked, [204, 403]);
});

test('an Administrator of one service ID makes keys for that one only', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const [mine, other] = [await lab.someone('mine'), await lab.someone('other')];
  const keeper = await lab.someone('keeper', 'Administrator', {
    ...IDENTITY,
    resourceType: 'serviceid',
    resource: mine.id,
  });
  const make = async (iamId: string): Promise<number> =>
    (await lab.as(keeper, 'POST', '/v1/apikeys', { name: 'k', iam_id: iamId })).status;
  assert.deepEqual(
    [await make(mine.iamId), await make(other.iamId), await make(lab.owner.iamId), await make(keeper.iamId)],
    [201, 403, 403, 403],
  );
  assert.equal((await lab.as(keeper, 'GET', `/v1/serviceids/${other.id}`)).status, 404);
});

test('Viewers and Editors make no keys, and Administrators none for another user', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const target = await lab.someone('target');
  for (const role of ['Viewer', 'Operator', 'Editor'] as const) {
    const who = await lab.someone(role, role, IDENTITY);
    const { status } = await lab.as(who, 'POST', '/v1/apikeys', { name: 'k', iam_id: target.iamId });
    assert.equal(status, 403, role);
    const own = await lab.as(who, 'POST', '/v1/apikeys', { name: 'k', iam_id: who.iamId });
    assert.equal(own.status, 403, `${role} for itself`);
  }
  const administrator = await lab.someone('administrator', 'Administrator', IDENTITY);
  const forOwner = { name: 'k', iam_id: registry.ownerIamId };
  assert.equal((await lab.as(administrator, 'POST', '/v1/apikeys', forOwner)).status, 403);
});
