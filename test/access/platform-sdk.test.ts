import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import IamAccessGroups from '@ibm-cloud/platform-services/iam-access-groups/v2.js';
import IamPolicyManagement from '@ibm-cloud/platform-services/iam-policy-management/v1.js';
import ResourceManager from '@ibm-cloud/platform-services/resource-manager/v2.js';
import { IamAuthenticator } from 'ibm-cloud-sdk-core';
import { makeCertificate, trust } from '../support/certificate.ts';
import { TestRegistry } from '../support/registry.ts';
import { Identities } from './identities.ts';
import { crn, v1Policy, v2Policy } from './policy-documents.ts';

const statusOf = (call: Promise<unknown>): Promise<number | undefined> =>
  call.then(
    () => undefined,
    (error: { status?: number }) => error.status,
  );

const etagOf = ({ headers }: { headers: unknown }): string => (headers as Record<string, string>).etag ?? '';

/** IBM's own clients for Node, unmodified, over TLS: every operation that is served. */
suite('IBM’s platform-services SDK: policies, access groups, resource groups', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-sdk-'));
  let registry: TestRegistry;
  let identities: Identities;
  let policies: IamPolicyManagement;
  let groups: IamAccessGroups;
  let resources: ResourceManager;
  let accountId: string;

  before(async () => {
    const { certFile, keyFile } = makeCertificate(folder);
    trust({ certFile, keyFile });
    registry = await TestRegistry.start({ env: { TIDEGATE_TLS_CERT: certFile, TIDEGATE_TLS_KEY: keyFile } });
    identities = new Identities(registry);
    const authenticator = new IamAuthenticator({ apikey: registry.apikey, url: registry.url });
    const options = { authenticator, serviceUrl: registry.url };
    policies = new IamPolicyManagement(options);
    groups = new IamAccessGroups(options);
    resources = new ResourceManager(options);
    accountId = registry.accountId;
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test('v1 policies: created, listed in pages, read, replaced, deleted, brought back', async () => {
    const { iamId } = await identities.serviceId();
    const sent = v1Policy(iamId, 'Reader', accountId);
    const made = await policies.createPolicy(sent);
    assert.equal(made.status, 201);
    assert.deepEqual(made.result.subjects, sent.subjects);
    assert.deepEqual(made.result.resources, sent.resources);
    const policyId = made.result.id ?? '';
    const replaced = await policies.replacePolicy({
      policyId,
      ifMatch: etagOf(made),
      ...v1Policy(iamId, 'Writer', accountId),
      description: 'changed',
    });
    assert.equal(replaced.result.description, 'changed');
    assert.equal((await policies.getPolicy({ policyId })).result.roles[0]?.display_name, 'Writer');
    assert.equal((await policies.deletePolicy({ policyId })).status, 204);
    const deleted = await policies.getPolicy({ policyId });
    assert.equal(deleted.result.state, 'deleted');
    const patched = await policies.updatePolicyState({ policyId, ifMatch: etagOf(deleted), state: 'active' });
    assert.equal(patched.result.state, 'active');
    await policies.createPolicy(v1Policy(iamId, 'Manager', accountId));
    const all = await new IamPolicyManagement.PoliciesPager(policies, {
      accountId,
      iamId,
      limit: 1,
    }).getAll();
    assert.equal(all.length, 2);
    assert.equal(await statusOf(policies.getPolicy({ policyId: 'none' })), 404);
  });

  test('what IBM’s own suite makes: a policy for an unknown IAM id, with a tag; a role of iam-groups; roles of the group IAM', async () => {
    const account = accountId;
    const subjects = [{ attributes: [{ name: 'iam_id', value: 'IBMid-SDKNode4711' }] }];
    const resources = [
      {
        attributes: [
          { name: 'accountId', value: account, operator: 'stringEquals' },
          { name: 'serviceType', value: 'service', operator: 'stringEquals' },
        ],
        tags: [{ name: 'project', operator: 'stringEquals', value: 'prototype' }],
      },
    ];
    const roles = [{ role_id: crn('Viewer') }];
    const made = await policies.createPolicy({ type: 'access', subjects, roles, resources });
    assert.equal(made.status, 201);
    assert.deepEqual(made.result.subjects, subjects);
    assert.deepEqual(made.result.resources, resources);
    const list = await policies.listPolicies({ accountId: account, iamId: 'IBMid-SDKNode4711' });
    assert.deepEqual(
      list.result.policies?.map(({ id }) => id),
      [made.result.id],
    );
    const role = await policies.createRole({
      displayName: 'SDK',
      description: 'SDK',
      name: 'TestNodeRole4711',
      accountId: account,
      serviceName: 'iam-groups',
      actions: ['iam-groups.groups.read'],
    });
    assert.deepEqual(role.result.actions, ['iam-groups.groups.read']);
    const ofGroup = await policies.listRoles({ accountId: account, serviceGroupId: 'IAM' });
    const creator = 'crn:v1:bluemix:public:iam-identity::::serviceRole:ServiceIdCreator';
    assert.ok(ofGroup.result.service_roles?.some((each) => each.crn === creator));
    assert.ok(ofGroup.result.system_roles?.some((each) => each.crn === crn('Viewer')));
  });

  test('v2 policies: created with a rule, listed, read, replaced, deleted', async () => {
    const { iamId } = await identities.user();
    const key = '{{environment.attributes.day_of_week}}';
    const sent = v2Policy(iamId, 'Reader', accountId, undefined, {
      rule: { key, operator: 'dayOfWeekAnyOf', value: ['1+00:00'] },
      pattern: 'time-based-conditions:weekly:all-day',
    });
    const made = await policies.createV2Policy(sent);
    assert.equal(made.status, 201);
    const id = made.result.id ?? '';
    const read = await policies.getV2Policy({ id, format: 'display' });
    assert.deepEqual(read.result.subject, sent.subject);
    assert.equal(await statusOf(policies.createV2Policy(sent)), 409);
    const other = v2Policy(iamId, 'Writer', accountId);
    const replaced = await policies.replaceV2Policy({ id, ifMatch: etagOf(made), ...other });
    assert.deepEqual(replaced.result.control, other.control);
    const pager = new IamPolicyManagement.V2PoliciesPager(policies, { accountId, iamId, limit: 10 });
    assert.equal((await pager.getAll()).length, 1);
    assert.equal((await policies.deleteV2Policy({ id })).status, 204);
  });

  test('roles: listed, created, read, replaced, given, deleted; settings', async () => {
    const made = await policies.createRole({
      displayName: 'Lister',
      actions: ['container-registry.image.list'],
      name: 'Lister',
      accountId,
      serviceName: 'container-registry',
    });
    const roleId = made.result.id ?? '';
    const read = await policies.getRole({ roleId });
    const replaced = await policies.replaceRole({
      roleId,
      ifMatch: etagOf(read),
      displayName: 'Lister',
      actions: ['container-registry.image.list', 'container-registry.image.inspect'],
    });
    assert.equal(replaced.result.actions.length, 2);
    const list = await policies.listRoles({ accountId, serviceName: 'container-registry' });
    assert.equal(list.result.custom_roles?.[0]?.crn, made.result.crn);
    assert.ok(list.result.service_roles?.some((role) => role.crn === crn('Reader')));
    assert.equal((await policies.deleteRole({ roleId })).status, 204);
    const settings = await policies.getSettings({ accountId });
    const changed = await policies.updateSettings({
      accountId,
      ifMatch: etagOf(settings),
      externalAccountIdentityInteraction: {
        identity_types: { user: { state: 'monitor', external_allowed_accounts: [] } },
      },
    });
    const { identity_types: types } = changed.result.external_account_identity_interaction;
    assert.equal(types.user.state, 'monitor');
  });

  test('templates and assignments: none', async () => {
    const listed = await policies.listPolicyTemplates({ accountId });
    assert.deepEqual(listed.result, { policy_templates: [] });
    const version = '1.0';
    const assigned = await policies.listPolicyAssignments({ accountId, version });
    assert.deepEqual(assigned.result, { assignments: [] });
  });

  test('access groups with their members, rules and settings', async () => {
    const made = await groups.createAccessGroup({ accountId, name: 'sdk', description: 'made by the SDK' });
    assert.equal(made.status, 201);
    const accessGroupId = made.result.id ?? '';
    const read = await groups.getAccessGroup({ accessGroupId });
    const ifMatch = etagOf(read);
    const changed = await groups.updateAccessGroup({ accessGroupId, ifMatch, description: 'changed' });
    assert.equal(changed.result.description, 'changed');
    const all = await new IamAccessGroups.AccessGroupsPager(groups, { accountId, limit: 1 }).getAll();
    assert.deepEqual(
      all.map(({ name }) => name),
      ['Public Access', 'sdk'],
    );
    const { iamId } = await identities.serviceId();
    const added = await groups.addMembersToAccessGroup({
      accessGroupId,
      members: [{ iam_id: iamId, type: 'service' }],
    });
    assert.equal(added.result.members?.[0]?.status_code, 200);
    assert.equal((await groups.isMemberOfAccessGroup({ accessGroupId, iamId })).status, 204);
    const members = await new IamAccessGroups.AccessGroupMembersPager(groups, { accessGroupId }).getAll();
    assert.equal(members[0]?.iam_id, iamId);
    await groups.removeMemberFromAccessGroup({ accessGroupId, iamId });
    assert.equal(await statusOf(groups.isMemberOfAccessGroup({ accessGroupId, iamId })), 404);
    const join = { accountId, iamId, type: 'service', groups: [accessGroupId] };
    assert.equal((await groups.addMemberToMultipleAccessGroups(join)).result.groups?.length, 1);
    const left = await groups.removeMemberFromAllAccessGroups({ accountId, iamId });
    assert.equal(left.result.groups?.[0]?.status_code, 204);
    const none = await groups.removeMembersFromAccessGroup({ accessGroupId, members: [iamId] });
    assert.equal(none.result.members?.[0]?.status_code, 404);
    const conditions = [{ claim: 'isManager', operator: 'EQUALS', value: 'true' }];
    const rule = { accessGroupId, expiration: 12, realmName: 'https://idp.example.org', conditions };
    const added2 = await groups.addAccessGroupRule({ ...rule, name: 'one' });
    const ruleId = added2.result.id ?? '';
    const shown = await groups.getAccessGroupRule({ accessGroupId, ruleId });
    await groups.replaceAccessGroupRule({ ...rule, ruleId, ifMatch: etagOf(shown), name: 'two' });
    assert.equal((await groups.listAccessGroupRules({ accessGroupId })).result.rules?.[0]?.name, 'two');
    await groups.removeAccessGroupRule({ accessGroupId, ruleId });
    await groups.updateAccountSettings({ accountId, publicAccessEnabled: false });
    assert.equal((await groups.getAccountSettings({ accountId })).result.public_access_enabled, false);
    assert.equal((await groups.deleteAccessGroup({ accessGroupId, force: true })).status, 204);
  });

  test('resource groups and quotas', async () => {
    const made = await resources.createResourceGroup({ accountId, name: 'sdk' });
    const id = made.result.id ?? '';
    assert.equal((await resources.updateResourceGroup({ id, name: 'renamed' })).result.name, 'renamed');
    assert.equal((await resources.getResourceGroup({ id })).result.default, false);
    const list = await resources.listResourceGroups({ accountId, includeDeleted: false });
    assert.equal(list.result.resources.length, 2);
    const quotas = await resources.listQuotaDefinitions();
    const quota = quotas.result.resources[0]?.id ?? '';
    assert.equal((await resources.getQuotaDefinition({ id: quota })).status, 200);
    assert.equal((await resources.deleteResourceGroup({ id })).status, 204);
  });
});
