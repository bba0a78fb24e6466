import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import IamIdentityV1 from '@ibm-cloud/platform-services/iam-identity/v1.js';
import UserManagementV1 from '@ibm-cloud/platform-services/user-management/v1.js';
import {
  BearerTokenAuthenticator,
  ContainerAuthenticator,
  IamAssumeAuthenticator,
  IamAuthenticator,
} from 'ibm-cloud-sdk-core';
import { makeCertificate, trust } from '../support/certificate.ts';
import { TestRegistry } from '../support/registry.ts';
import { Cluster, issuersFile } from './clusters.ts';
import { accept, as, newProfile, PASSWORD } from './people.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidegate-sdks-'));
const { certFile, keyFile } = makeCertificate(folder);
trust({ certFile, keyFile });
/** IBM's clients speak TLS. */
const TLS = { TIDEGATE_TLS_CERT: certFile, TIDEGATE_TLS_KEY: keyFile };
after(() => rmSync(folder, { recursive: true, force: true }));

const services = (registry: TestRegistry) => {
  const authenticator = new IamAuthenticator({ apikey: registry.apikey, url: registry.url });
  const options = { authenticator, serviceUrl: registry.url };
  return { iam: new IamIdentityV1(options), users: new UserManagementV1(options) };
};

/** What the token that an authenticator of IBM's fetched is for. */
const whoIs = async (
  registry: TestRegistry,
  authenticator: { authenticate(request: object): Promise<unknown> },
): Promise<string> => {
  const request: { headers?: Record<string, string> } = {};
  await authenticator.authenticate(request);
  const [, token = ''] = (request.headers?.Authorization ?? '').split(' ');
  return (await as(registry, token, 'GET', '/identity/userinfo')).body.iam_id;
};

const status = async (promise: Promise<{ status: number }>): Promise<number> =>
  promise.then(
    (response) => response.status,
    (error: { status: number }) => error.status,
  );

test("IBM's user management SDK invites, lists, reads, changes and removes users unmodified", async () => {
  await using registry = await TestRegistry.start({ env: TLS });
  const { users } = services(registry);
  const { accountId } = registry;
  const invited = await users.inviteUsers({
    accountId,
    users: [{ email: 'ada@example.com', account_role: 'Member' }],
  });
  assert.equal(invited.status, 202);
  const [ada] = invited.result.resources ?? [];
  assert.deepEqual([ada?.email, ada?.state], ['ada@example.com', 'PENDING']);
  const iamId = ada?.id ?? '';
  const { invitation_code: code } = ada as unknown as { invitation_code: string };
  assert.equal((await accept(registry, code, { password: PASSWORD })).status, 200);
  const pager = new UserManagementV1.UsersPager(users, { accountId, limit: 1 });
  assert.equal((await pager.getAll()).length, 2);
  const profile = await users.getUserProfile({ accountId, iamId });
  assert.equal(profile.result.state, 'ACTIVE');
  assert.equal(await status(users.updateUserProfile({ accountId, iamId, state: 'DISABLED' })), 204);
  const settings = await users.getUserSettings({ accountId, iamId });
  assert.equal(settings.result.self_manage, true);
  assert.equal(await status(users.updateUserSettings({ accountId, iamId, selfManage: true })), 204);
  assert.equal(await status(users.removeUser({ accountId, iamId })), 204);
  assert.equal(await status(users.getUserProfile({ accountId, iamId })), 404);
});

test("IBM's identity SDK manages trusted profiles, rules, links and identities unmodified", async () => {
  await using registry = await TestRegistry.start({ env: TLS });
  const { iam } = services(registry);
  const { accountId } = registry;
  const made = await iam.createProfile({ name: 'deployer', accountId, description: 'd' });
  assert.equal(made.status, 201);
  const { id: profileId } = made.result;
  const got = await iam.getProfile({ profileId });
  assert.equal(got.headers.etag, got.result.entity_tag);
  const ifMatch = got.result.entity_tag;
  const updated = await iam.updateProfile({ profileId, ifMatch, description: 'e' });
  assert.equal(updated.result.description, 'e');
  assert.equal((await iam.listProfiles({ accountId, includeHistory: false })).result.profiles.length, 1);

  const conditions = [{ claim: 'blueGroups', operator: 'EQUALS', value: '"cloud-docs-dev"' }];
  const saml = { profileId, type: 'Profile-SAML', realmName: 'https://w3id.sso.ibm.com', expiration: 43200 };
  const rule = await iam.createClaimRule({ ...saml, conditions });
  assert.equal(rule.status, 201);
  assert.deepEqual(rule.result.conditions, conditions);
  const ruleId = rule.result.id;
  assert.equal((await iam.getClaimRule({ profileId, ruleId })).result.id, ruleId);
  const again = { ...saml, ruleId, conditions, ifMatch: rule.result.entity_tag, expiration: 33200 };
  assert.equal((await iam.updateClaimRule(again)).result.expiration, 33200);
  assert.equal((await iam.listClaimRules({ profileId })).result.rules.length, 1);
  assert.equal(await status(iam.deleteClaimRule({ profileId, ruleId })), 204);

  const link = { crn: 'crn:v1:x', namespace: 'default', name: 'ci' };
  const linked = await iam.createLink({ profileId, crType: 'IKS_SA', link, name: 'nice' });
  assert.deepEqual(linked.result.link, link);
  assert.equal((await iam.getLink({ profileId, linkId: linked.result.id })).result.name, 'nice');
  assert.equal((await iam.listLinks({ profileId })).result.links.length, 1);
  assert.equal(await status(iam.deleteLink({ profileId, linkId: linked.result.id })), 204);

  const identity = { identifier: registry.ownerIamId, type: 'user', accounts: [accountId] };
  const trusted = await iam.setProfileIdentity({ profileId, identityType: 'user', ...identity });
  assert.equal(trusted.result.iam_id, registry.ownerIamId);
  const list = await iam.getProfileIdentities({ profileId });
  assert.equal(list.result.identities?.length, 1);
  const set = { profileId, ifMatch: list.result.entity_tag ?? '', identities: [identity] };
  assert.equal((await iam.setProfileIdentities(set)).status, 200);
  const one = { profileId, identityType: 'user', identifierId: registry.ownerIamId };
  assert.deepEqual((await iam.getProfileIdentity(one)).result.accounts, [accountId]);
  assert.equal(await status(iam.deleteProfileIdentity(one)), 204);
  assert.equal(await status(iam.deleteProfile({ profileId })), 204);
  assert.equal(await status(iam.getProfile({ profileId })), 404);
});

test("IBM's authenticators get tokens unmodified: API key, assumed profile, container, bearer", async () => {
  const env: Record<string, string> = { ...TLS };
  await using registry = await TestRegistry.start({ env });
  const cluster = new Cluster(registry.accountId);
  env.TIDEGATE_COMPUTE_ISSUERS_FILE = issuersFile([cluster.entry]);
  await registry.restart();
  const { apikey, url, accountId } = registry;
  const profile = await newProfile(registry, 'deployer', { type: 'user', identifier: registry.ownerIamId });
  const { access_token: owner } = await registry.login();
  const conditions = [{ claim: 'namespace', operator: 'EQUALS', value: '"prod"' }];
  const rule = { type: 'Profile-CR', cr_type: 'IKS_SA', conditions };
  assert.equal((await as(registry, owner, 'POST', `/v1/profiles/${profile.id}/rules`, rule)).status, 201);

  assert.equal(await whoIs(registry, new IamAuthenticator({ apikey, url })), registry.ownerIamId);
  assert.equal(
    await whoIs(registry, new BearerTokenAuthenticator({ bearerToken: owner })),
    registry.ownerIamId,
  );
  for (const named of [
    { iamProfileId: profile.id },
    { iamProfileCrn: profile.crn },
    { iamProfileName: 'deployer', iamAccountId: accountId },
  ]) {
    const assumed = new IamAssumeAuthenticator({ apikey, url, ...named });
    assert.equal(await whoIs(registry, assumed), profile.iam_id, JSON.stringify(named));
  }
  const crTokenFilename = join(mkdtempSync(join(tmpdir(), 'tidegate-cr-')), 'token');
  writeFileSync(crTokenFilename, await cluster.token());
  for (const named of [{ iamProfileId: profile.id }, { iamProfileName: 'deployer' }]) {
    const container = new ContainerAuthenticator({ crTokenFilename, url, ...named });
    assert.equal(await whoIs(registry, container), profile.iam_id, JSON.stringify(named));
  }
});
