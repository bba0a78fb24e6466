import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import IamIdentityV1 from '@ibm-cloud/platform-services/iam-identity/v1.js';
import { IamAuthenticator } from 'ibm-cloud-sdk-core';
import { makeCertificate, trust } from '../support/certificate.ts';
import { TestRegistry } from '../support/registry.ts';
import { IamLab } from './iam-lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidegate-limits-'));
const { certFile, keyFile } = makeCertificate(folder);
trust({ certFile, keyFile });
after(() => rmSync(folder, { recursive: true, force: true }));

const RULE = {
  type: 'Profile-CR',
  cr_type: 'IKS_SA',
  conditions: [{ claim: 'namespace', operator: 'EQUALS', value: '"default"' }],
};

/** A service ID with a key, a profile with a rule, a group with a rule. */
const furnish = async (lab: IamLab) => {
  const { accountId } = lab.registry;
  const { iamId } = await lab.someone('ci');
  const profile = await lab.want<{ id: string }>(201, 'POST', '/v1/profiles', {
    name: 'p',
    account_id: accountId,
  });
  await lab.want(201, 'POST', `/v1/profiles/${profile.id}/rules`, RULE);
  const group = await lab.want<{ id: string }>(201, 'POST', `/v2/groups?account_id=${accountId}`, {
    name: 'g',
  });
  await lab.want(201, 'POST', `/v2/groups/${group.id}/rules`, {
    expiration: 24,
    realm_name: 'https://idp.example.com',
    conditions: [{ claim: 'isManager', operator: 'EQUALS', value: 'true' }],
  });
  return { iamId, profileId: profile.id, groupId: group.id };
};

test("IBM's SDK reads the limits of an account, and the counts that it asks for", async () => {
  await using registry = await TestRegistry.start({
    env: { TIDEGATE_TLS_CERT: certFile, TIDEGATE_TLS_KEY: keyFile },
  });
  const { accountId } = registry;
  const { iamId, profileId, groupId } = await furnish(new IamLab(registry));
  const authenticator = new IamAuthenticator({ apikey: registry.apikey, url: registry.url });
  const iam = new IamIdentityV1({ authenticator, serviceUrl: registry.url });
  const { result: plain } = await iam.getAccountLimits({ accountId });
  assert.deepEqual(plain.apikeys_per_identity, { limit: 20 });
  assert.deepEqual(plain.profiles, { limit: 2000 });
  assert.deepEqual(plain.profile_templates, { limit: 0 });
  const { result } = await iam.getAccountLimits({
    accountId,
    serviceidGroups: true,
    profiles: 'true',
    templates: 'true',
    apikeysPerIdentity: `${iamId},${registry.ownerIamId}`,
    claimRulesPerGroup: `${groupId},AccessGroupId-none`,
    claimRulesPerProfile: profileId,
    crRulesPerProfile: `${profileId},Profile-none`,
    crLinksPerProfile: profileId,
  });
  assert.deepEqual(result.serviceid_groups, { limit: 0, count: 0 });
  assert.deepEqual(result.profiles, { limit: 2000, count: 1 });
  assert.deepEqual(result.account_settings_templates, { limit: 0, count: 0 });
  assert.deepEqual(result.apikeys_per_identity?.identities, [
    { iam_id: iamId, count: 1 },
    { iam_id: registry.ownerIamId, count: 1 },
  ]);
  assert.deepEqual(result.claim_rules_per_group, {
    limit: 5,
    access_groups: [{ group_id: groupId, count: 1 }],
  });
  const ofProfile = (limit: number, count: number) => ({
    limit,
    profiles: [{ profile_id: profileId, count }],
  });
  assert.deepEqual(result.claim_rules_per_profile, ofProfile(20, 0));
  assert.deepEqual(result.cr_rules_per_profile, ofProfile(20, 1));
  assert.deepEqual(result.cr_links_per_profile, ofProfile(200, 0));
  const { result: posted } = await iam.bulkListAccountEntityConsumption({
    accountId,
    profiles: true,
    apikeysPerIdentity: [iamId],
  });
  assert.deepEqual(posted.profiles, result.profiles);
  assert.deepEqual(posted.apikeys_per_identity, { limit: 20, identities: [{ iam_id: iamId, count: 1 }] });
});

test('P4: limits count only what the caller may see: anything else is as absent, and more than 100 ids are refused', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { iamId, profileId, groupId } = await furnish(lab);
  const path = `/v1/accounts/${registry.accountId}/limits/identity`;
  const keeper = await lab.someone('keeper', 'Viewer', { serviceName: 'iam-identity' });
  const all = `apikeys_per_identity=${iamId}&claim_rules_per_group=${groupId}&cr_rules_per_profile=${profileId}`;
  const seen = async (who: { iamId: string; apikey: string }) => {
    const response = await lab.as(who, 'GET', `${path}?profiles=true&${all}`);
    assert.equal(response.status, 200);
    const limits = (await response.json()) as Record<string, Record<string, unknown>>;
    return [
      limits.profiles?.count,
      limits.apikeys_per_identity?.identities,
      limits.claim_rules_per_group?.access_groups,
      limits.cr_rules_per_profile?.profiles,
    ];
  };
  const counted = (groups: object[]): unknown[] => [
    1,
    [{ iam_id: iamId, count: 1 }],
    groups,
    [{ profile_id: profileId, count: 1 }],
  ];
  assert.deepEqual(await seen(lab.owner), counted([{ group_id: groupId, count: 1 }]));
  assert.deepEqual(await seen(keeper), counted([]), 'the keeper reads no groups');
  const stranger = await lab.stranger();
  assert.equal((await lab.as(stranger, 'GET', path)).status, 403);
  const there = (await (await registry.api('POST', '/api/v1/accounts', { name: 'other' })).json()) as {
    account_id: string;
    apikey: string;
  };
  const abroad = await registry.api(
    'GET',
    `/v1/accounts/${there.account_id}/limits/identity?cr_rules_per_profile=${profileId}&claim_rules_per_group=${groupId}`,
    undefined,
    there.apikey,
  );
  const foreign = (await abroad.json()) as Record<string, Record<string, unknown>>;
  assert.deepEqual(foreign.cr_rules_per_profile?.profiles, []);
  assert.deepEqual(foreign.claim_rules_per_group?.access_groups, []);
  await lab.want(400, 'GET', `${path}?apikeys_per_identity=${Array(101).fill('x').join(',')}`);
  await lab.want(400, 'POST', path, { apikeys_per_identity: Array(101).fill('x') });
});
