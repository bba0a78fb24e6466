import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IamLab, type Scope, type Someone } from '../identity/iam-lab.ts';
import { as, grantRole, newProfile } from '../identity/people.ts';
import { TestRegistry } from '../support/registry.ts';

const IDENTITY: Scope = { serviceName: 'iam-identity' };
const BIRDS: Record<string, string> = {
  serviceName: 'container-registry',
  resourceType: 'namespace',
  resource: 'birds',
};

test('P2: rights do not grow through a key of a service ID that can become a trusted profile', async () => {
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

test('P2: an identity that another account trusts gets keys only from Administrators over its whole account', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const [trusted, plain] = [await lab.someone('trusted abroad'), await lab.someone('trusted nowhere')];
  const keeper = await lab.someone('Administrator of both', 'Administrator', IDENTITY);
  const whole = await lab.someone('Administrator of all', 'Administrator', { serviceType: 'service' });
  await lab.grant(whole.iamId, 'Administrator', { serviceType: 'platform_service' });
  const make = async (who: Someone, { iamId }: Someone): Promise<number> =>
    (await lab.as(who, 'POST', '/v1/apikeys', { name: 'k', iam_id: iamId })).status;
  assert.equal(await make(keeper, trusted), 201);

  const abroad = await lab.stranger();
  const { access_token: token } = await registry.login(abroad.apikey);
  const profile = { name: 'deployer', account_id: abroad.accountId };
  const { body: made } = await as(registry, token, 'POST', '/v1/profiles', profile);
  const trust = { identifier: trusted.id, type: 'serviceid' };
  assert.equal(
    (await as(registry, token, 'POST', `/v1/profiles/${made.id}/identities/serviceid`, trust)).status,
    200,
  );

  assert.deepEqual([await make(keeper, trusted), await make(keeper, plain)], [403, 201]);
  const refused = await lab.as(keeper, 'POST', '/v1/apikeys', { name: 'k', iam_id: trusted.iamId });
  assert.match(await refused.text(), /a trusted profile of another account trusts iam-ServiceId-/);
  const { apikeys } = await lab.want<{ apikeys: { id: string }[] }>(
    200,
    'GET',
    `/v1/apikeys?iam_id=${trusted.iamId}`,
  );
  const key = `/v1/apikeys/${apikeys[0]?.id}`;
  assert.equal((await lab.as(keeper, 'POST', `${key}/disable`)).status, 204);
  assert.equal((await lab.as(keeper, 'DELETE', `${key}/disable`)).status, 403);
  assert.equal((await lab.as(keeper, 'DELETE', `/v1/serviceids/${trusted.id}/lock`)).status, 403);
  assert.equal(await make(whole, trusted), 201);
  assert.equal(await make(lab.owner, trusted), 201);
  const path = `/v1/profiles/${made.id}/identities/serviceid/${trusted.id}`;
  assert.equal((await as(registry, token, 'DELETE', path)).status, 204);
  assert.equal(await make(keeper, trusted), 201, 'until the trust ends');
});
