import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import * as groups from '../../src/access/access-groups/rows.ts';
import * as customRoles from '../../src/access/custom-roles/rows.ts';
import * as policies from '../../src/access/policies/rows.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as namespaces from '../../src/tenancy/namespaces/rows.ts';
import * as regions from '../../src/tenancy/regions/rows.ts';
import * as resourceGroups from '../../src/tenancy/resource-groups/rows.ts';
import { AT, accountRow, namespaceRow, regionRow } from './database-rows.ts';
import {
  accessGroupRow,
  customRoleRow,
  groupMemberRow,
  groupRuleRow,
  policyRow,
  resourceGroupRow,
} from './iam-rows.ts';
import type { QueryTester } from './queries.ts';

/** What manages policies, roles, groups and resource groups. */
export const accessManagementQueries = ({ read, write }: QueryTester): void => {
  test('policies: found, listed by id, counted, alike, changed, deleted for good', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const rows = [
      policyRow(account.id, { id: `b-${randomUUID()}`, subject: 'IBMid-1', fingerprint: 'same' }),
      policyRow(account.id, { id: `a-${randomUUID()}`, subject: 'IBMid-2', fingerprint: 'same' }),
      policyRow(account.id, { id: `c-${randomUUID()}`, subject: 'IBMid-1', state: 'deleted' }),
    ];
    for (const row of rows) await write(policies.insertPolicy, row);
    const [first, second, deleted] = rows;
    assert.ok(first && second && deleted);
    const active = { subject: undefined, state: 'active', after: '', limit: 10 } as const;
    assert.deepEqual(await read(policies.findPolicy, first.id), first);
    assert.deepEqual(await read(policies.listPolicies, account.id, active), [second, first]);
    assert.deepEqual(await read(policies.listPolicies, account.id, { ...active, limit: 1 }), [second]);
    const later = { ...active, after: second.id };
    assert.deepEqual(await read(policies.listPolicies, account.id, later), [first]);
    assert.deepEqual(
      await read(policies.listPolicies, account.id, { ...active, subject: 'IBMid-1', state: 'deleted' }),
      [deleted],
    );
    assert.equal((await read(policies.policiesAlike, account.id, 'same')).length, 2);
    assert.equal(await read(policies.countPolicies, account.id), 2);
    assert.equal(await read(policies.countPolicies, account.id, 'IBMid-1'), 1);
    const changed = { ...first, state: 'deleted' as const, entity_tag: '2-b' };
    await write(policies.updatePolicy, { before: first, after: changed });
    assert.deepEqual(await read(policies.findPolicy, first.id), changed);
    await write(policies.dropDeletedPolicies, account.id, AT);
    assert.ok(await read(policies.findPolicy, first.id), 'not older than that');
    await write(policies.dropDeletedPolicies, account.id, AT + 1);
    assert.equal(await read(policies.findPolicy, first.id), undefined);
    await write(policies.deletePoliciesOfSubject, account.id, 'IBMid-2');
    assert.deepEqual(await read(policies.listPolicies, account.id, active), []);
  });

  test('policies are found by a text of their documents, in parts; no character of it stands for others', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const texts = ['{"a":"b_d%"}', '{"a":"b_d%","more":1}', '{"a":"bxd%"}', '{"a":"b_dx"}', '{"a":"b\\\\d"}'];
    const rows = texts.map((document) => ({ ...policyRow(account.id), document }));
    for (const row of rows) await write(policies.insertPolicy, row);
    const found = async (text: string, after: string, limit: number): Promise<string[]> =>
      (await read(policies.policiesContaining, account.id, text, { after, limit })).map(({ id }) => id);
    const [one = '', two = ''] = rows
      .slice(0, 2)
      .map(({ id }) => id)
      .sort();
    assert.deepEqual(await found('"b_d%"', '', 10), [one, two]);
    assert.deepEqual(await found('"b_d%"', '', 1), [one]);
    assert.deepEqual(await found('"b_d%"', one, 10), [two]);
    assert.deepEqual(await found('b\\\\d', '', 10), [rows[4]?.id]);
  });

  test('the subjects that have an active policy with a text in it are found once each, in parts', async () => {
    const [account, other] = [accountRow(), accountRow()];
    for (const each of [account, other]) await write(accounts.insertAccount, each);
    const document = '{"role":"Lister"}';
    for (const row of [
      policyRow(account.id, { subject: 'b', document }),
      policyRow(account.id, { subject: 'a', document }),
      policyRow(account.id, { subject: 'a', document }),
      policyRow(account.id, { subject: 'c', document: '{}' }),
      policyRow(account.id, { subject: 'd', document, state: 'deleted' }),
      policyRow(other.id, { subject: 'e', document }),
    ])
      await write(policies.insertPolicy, row);
    const found = async (after: string, limit: number): Promise<string[]> =>
      (await read(policies.subjectsContaining, account.id, '"Lister"', { after, limit })).map(
        ({ subject }) => subject,
      );
    assert.deepEqual(await found('', 10), ['a', 'b']);
    assert.deepEqual(await found('', 1), ['a']);
    assert.deepEqual(await found('a', 10), ['b']);
    const keys = await read(policies.subjectKeysContaining, account.id, '"Lister"');
    assert.deepEqual(keys, [`${account.id}/a`, `${account.id}/b`]);
  });

  test('custom roles are found, changed and deleted', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const row = customRoleRow(account.id);
    await write(customRoles.insertCustomRole, row);
    const changed = { ...row, actions: '["container-registry.image.pull"]' };
    await write(customRoles.updateCustomRole, changed);
    assert.deepEqual(await read(customRoles.findCustomRole, row.id), changed);
    await write(customRoles.deleteCustomRole, row);
    assert.equal(await read(customRoles.findCustomRole, row.id), undefined);
  });

  test('groups: found, listed by name, changed; deleting one takes members and rules along', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const [ants, bees] = [
      { ...accessGroupRow(account.id), name: 'ants' },
      { ...accessGroupRow(account.id), name: 'bees' },
    ];
    await write(groups.insertAccessGroup, bees);
    await write(groups.insertAccessGroup, ants);
    assert.deepEqual(await read(groups.listAccessGroups, account.id), [ants, bees]);
    assert.deepEqual(await read(groups.findAccessGroupByName, account.id, 'bees'), bees);
    const changed = { ...ants, description: 'small' };
    await write(groups.updateAccessGroup, changed);
    assert.deepEqual(await read(groups.findAccessGroup, ants.id), changed);
    const members = ['IBMid-1', 'IBMid-2', 'IBMid-3'].map((iamId) => groupMemberRow(ants, iamId));
    for (const row of members) await write(groups.insertGroupMember, row);
    const rule = groupRuleRow(ants.id);
    await write(groups.insertGroupRule, account.id, rule);
    await write(groups.deleteAccessGroup, account.id, ants.id);
    assert.equal(await read(groups.findAccessGroup, ants.id), undefined);
    assert.equal(await read(groups.findGroupMember, ants.id, 'IBMid-1'), undefined);
    assert.equal(await read(groups.findGroupRule, rule.id), undefined);
  });

  test('members: found, paged in order, counted by type, removed', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const group = accessGroupRow(account.id);
    await write(groups.insertAccessGroup, group);
    const rows = [
      groupMemberRow(group, 'IBMid-2'),
      groupMemberRow(group, 'IBMid-1'),
      { ...groupMemberRow(group, 'iam-ServiceId-1'), type: 'service' as const },
    ];
    for (const row of rows) await write(groups.insertGroupMember, row);
    const page = { offset: 1, limit: 1, type: undefined };
    assert.deepEqual(await read(groups.listGroupMembers, group.id, page), [rows[0]]);
    assert.deepEqual(
      await read(groups.listGroupMembers, group.id, { offset: 0, limit: 9, type: 'service' }),
      [rows[2]],
    );
    assert.equal(await read(groups.countGroupMembers, group.id), 3);
    assert.equal(await read(groups.countGroupMembers, group.id, 'user'), 2);
    assert.deepEqual(await read(groups.findGroupMember, group.id, 'IBMid-1'), rows[1]);
    await write(groups.deleteGroupMember, groupMemberRow(group, 'IBMid-1'));
    const left = await read(groups.listGroupMembers, group.id, { offset: 0, limit: 9, type: undefined });
    assert.deepEqual(
      left.map(({ iam_id }) => iam_id),
      ['IBMid-2', 'iam-ServiceId-1'],
    );
  });

  test('rules of groups are found, listed, changed and deleted', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const group = accessGroupRow(account.id);
    await write(groups.insertAccessGroup, group);
    const row = groupRuleRow(group.id);
    await write(groups.insertGroupRule, account.id, row);
    const asked = { accountId: account.id, after: '', limit: 9 };
    const { id, group_id, document } = row;
    assert.deepEqual(await read(groups.rulesOfAccount, { ...asked, longest: document.length }), [
      { id, group_id, document },
    ]);
    const [long] = await read(groups.rulesOfAccount, { ...asked, longest: document.length - 1 });
    assert.equal(long?.document, '');
    assert.deepEqual(await read(groups.rulesOfAccount, { ...asked, after: id, longest: 9 }), []);
    const changed = { ...row, document: '{"expiration":2}' };
    await write(groups.updateGroupRule, account.id, changed);
    assert.deepEqual(await read(groups.listGroupRules, group.id), [changed]);
    await write(groups.deleteGroupRule, account.id, row.id);
    assert.equal(await read(groups.findGroupRule, row.id), undefined);
  });

  test('resource groups: found, listed by name, renamed, deleted; a namespace in one is known', async () => {
    const [account, region] = [accountRow(), regionRow()];
    await write(accounts.insertAccount, account);
    await write(regions.insertRegion, region);
    const row = resourceGroupRow(account.id);
    await write(resourceGroups.insertResourceGroup, row);
    const renamed = { ...row, name: 'renamed', updated_at: AT + 1 };
    await write(resourceGroups.renameResourceGroup, renamed);
    assert.deepEqual(await read(resourceGroups.findResourceGroup, row.id), renamed);
    assert.deepEqual(await read(resourceGroups.listResourceGroups, account.id), [renamed]);
    const namespace = namespaceRow(account.id, region.id);
    await write(namespaces.insertNamespace, namespace);
    assert.equal(await read(namespaces.hasNamespacesInGroup, account.id, row.id), false);
    const change = { resource_group_id: row.id, updated_at: AT + 1 };
    await write(namespaces.assignNamespace, namespace, change);
    assert.equal(await read(namespaces.hasNamespacesInGroup, account.id, row.id), true);
    await write(resourceGroups.deleteResourceGroup, row.id);
    assert.equal(await read(resourceGroups.findResourceGroup, row.id), undefined);
  });
};
