import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IamLab, type Scope } from '../identity/iam-lab.ts';
import { grantRole, newProfile } from '../identity/people.ts';
import { TestRegistry } from '../support/registry.ts';

const IDENTITY: Scope = { serviceName: 'iam-identity' };
const BIRDS: Record<string, string> = {
  serviceName: 'container-registry',
  resourceType: 'namespace',
  resource: 'birds',
};

test('P2: nobody climbs through a key of a service ID that can become a trusted profile', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const trusted = await lab.someone('becomes the profile');
  const keeper = await lab.someone('identity administrator', 'Administrator', IDENTITY);
  const make = async (): Promise<number> =>
    (await lab.as(keeper, 'POST', '/v1/apikeys', { name: 'k', iam_id: trusted.iamId })).status;
  assert.equal(await make(), 201);
  const profile = await newProfile(registry, 'deployer', { type: 'serviceid', identifier: trusted.id });
  assert.equal(await make(), 201, 'a profile that reaches nothing hands nothing on');
  await grantRole(registry, profile.iam_id, 'Manager', BIRDS);
  assert.equal(await make(), 403);
  await lab.grant(keeper.iamId, 'Administrator', BIRDS);
  assert.equal(await make(), 201);
});

test('P2: what a profile has through an access group is as much in the way', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const trusted = await lab.someone('becomes the profile');
  const keeper = await lab.someone('identity administrator', 'Administrator', IDENTITY);
  const profile = await newProfile(registry, 'deployer', { type: 'serviceid', identifier: trusted.id });
  const account = `account_id=${registry.accountId}`;
  const group = await lab.want<{ id: string }>(201, 'POST', `/v2/groups?${account}`, { name: 'deployers' });
  await lab.want(207, 'PUT', `/v2/groups/${group.id}/members`, {
    members: [{ iam_id: profile.iam_id, type: 'profile' }],
  });
  await lab.want(201, 'POST', '/v2/policies', {
    type: 'access',
    subject: { attributes: [{ key: 'access_group_id', operator: 'stringEquals', value: group.id }] },
    control: { grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Manager' }] } },
    resource: {
      attributes: Object.entries({ accountId: registry.accountId, ...BIRDS }).map(([key, value]) => ({
        key,
        operator: 'stringEquals',
        value,
      })),
    },
  });
  const response = await lab.as(keeper, 'POST', '/v1/apikeys', { name: 'k', iam_id: trusted.iamId });
  assert.equal(response.status, 403);
  assert.equal((await lab.as(keeper, 'DELETE', `/v1/serviceids/${trusted.id}/lock`)).status, 403);
});
