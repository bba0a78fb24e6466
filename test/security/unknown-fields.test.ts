import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IamLab } from '../identity/iam-lab.ts';
import { TestRegistry } from '../support/registry.ts';

test('P3: a changed service ID takes name, description and CRNs of the body, and nothing else', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const [mine, other] = [await lab.serviceId('mine'), await lab.serviceId('other')];
  const stranger = await lab.stranger();
  const sent = {
    name: 'renamed',
    id: other.id,
    account_id: stranger.accountId,
    locked: 1,
    created_by: stranger.iamId,
    entity_tag: '1-00000000000000000000000000000000',
  };
  await lab.want(200, 'PUT', `/v1/serviceids/${mine.id}`, sent, { 'If-Match': '*' });
  const after = await lab.want<typeof mine>(200, 'GET', `/v1/serviceids/${mine.id}`);
  assert.deepEqual(
    [after.name, after.account_id, after.locked, after.entity_tag.slice(0, 2)],
    ['renamed', registry.accountId, false, '2-'],
  );
  assert.equal((await lab.want<typeof mine>(200, 'GET', `/v1/serviceids/${other.id}`)).name, 'other');
});

test('P2: a service ID of another account is not taken over by a body that names it', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const victim = await lab.someone('victim');
  const stranger = await lab.stranger();
  const created = await lab.as(stranger, 'POST', '/v1/serviceids', {
    account_id: stranger.accountId,
    name: 'theirs',
  });
  const { id } = (await created.json()) as { id: string };
  await lab.as(stranger, 'PUT', `/v1/serviceids/${id}`, { id: victim.id }, { 'If-Match': '*' });
  assert.equal((await lab.want<{ name: string }>(200, 'GET', `/v1/serviceids/${victim.id}`)).name, 'victim');
  assert.ok((await registry.login(victim.apikey)).access_token);
});

test('P3: identity settings keep the fields they have, whatever a body says beside', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const path = `/v1/accounts/${registry.accountId}/settings/identity`;
  const sent = { max_sessions_per_identity: '7', account_id: 'a'.repeat(32), entity_tag: 'x' };
  await lab.want(200, 'PUT', path, sent, { 'If-Match': '*' });
  const after = await lab.want<Record<string, unknown>>(200, 'GET', path);
  assert.deepEqual([after.account_id, after.max_sessions_per_identity], [registry.accountId, '7']);
  assert.match(String(after.entity_tag), /^2-/);
});
