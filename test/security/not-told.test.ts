import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { IamLab } from '../identity/iam-lab.ts';
import { TestRegistry } from '../support/registry.ts';

test('P9: a secret that is sent in place of an ID is not in the log', async () => {
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

test('P4: a member who may not read a group does not learn its other members', async () => {
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

test('P4: errors in a body are answered the same for a policy that exists and for one that does not', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const powerless = await lab.someone('powerless');
  await lab.someone('reader', 'Reader', { serviceName: 'container-registry' });
  const { policies } = await lab.want<{ policies: { id: string }[] }>(
    200,
    'GET',
    `/v2/policies?account_id=${registry.accountId}`,
  );
  const there = policies[0]?.id ?? '';
  const foreign = { accountId: 'b'.repeat(32), serviceName: 'container-registry' };
  const bodies = [
    { type: 'access', subject: {}, resource: {}, control: {} },
    {
      type: 'access',
      subject: { attributes: [{ key: 'iam_id', operator: 'stringEquals', value: powerless.iamId }] },
      control: { grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Reader' }] } },
      resource: {
        attributes: Object.entries(foreign).map(([key, value]) => ({ key, operator: 'stringEquals', value })),
      },
    },
  ];
  const ask = async (id: string, body: object) => {
    const response = await lab.as(powerless, 'PUT', `/v2/policies/${id}`, body, { 'If-Match': '*' });
    const { errors } = (await response.json()) as { errors: unknown };
    return [response.status, errors];
  };
  for (const body of bodies) assert.deepEqual(await ask(there, body), await ask(randomUUID(), body));
});
