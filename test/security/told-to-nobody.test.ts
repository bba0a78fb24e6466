import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IamLab } from '../identity/iam-lab.ts';
import { TestRegistry } from '../support/registry.ts';

test('P9: a secret that was taken for an id is not in the log', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { token } = await lab.want<{ token: string }>(200, 'POST', '/api/v1/tokens');
  const { apikey = '' } = await lab.key(registry.ownerIamId);
  for (const secret of [token, apikey])
    for (const path of ['/api/v1/tokens/', '/v1/apikeys/', '/v2/birds/manifests/'])
      await lab.as(lab.owner, 'GET', `${path}${secret}`);
  const log = registry.logged.join('\n');
  for (const secret of [token, token.split('.')[2] ?? '', apikey])
    assert.ok(secret.length > 20 && !log.includes(secret));
});

test('P4: who else is in a group is not told to a member who may not read it', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const [one, other] = [await lab.someone('one'), await lab.someone('other')];
  const account = `account_id=${registry.accountId}`;
  const group = await lab.want<{ id: string }>(201, 'POST', `/v2/groups?${account}`, { name: 'both' });
  await lab.want(207, 'PUT', `/v2/groups/${group.id}/members`, {
    members: [one, other].map(({ iamId }) => ({ iam_id: iamId, type: 'service' })),
  });
  const names = async (query: string): Promise<string[]> => {
    const response = await lab.as(one, 'GET', `/v2/groups?${account}&hide_public_access=true${query}`);
    return ((await response.json()) as { groups: { name: string }[] }).groups.map(({ name }) => name);
  };
  assert.deepEqual(await names(''), ['both']);
  assert.deepEqual(await names(`&iam_id=${one.iamId}`), ['both']);
  assert.deepEqual(await names(`&iam_id=${other.iamId}`), []);
});
