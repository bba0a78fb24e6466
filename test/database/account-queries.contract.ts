import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as access from '../../src/access/removed-accounts/rows.ts';
import * as events from '../../src/audit/events/rows.ts';
import * as refusals from '../../src/audit/refusals/rows.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as identity from '../../src/identity/removed-accounts/rows.ts';
import * as holds from '../../src/registry/holds/rows.ts';
import * as namespaces from '../../src/tenancy/namespaces/rows.ts';
import * as tenancy from '../../src/tenancy/removed-accounts/rows.ts';
import {
  AT,
  accountRow,
  digest,
  newNamespace,
  refreshTokenRow,
  registryTokenRow,
  repositoryRow,
  sessionRow,
  signingKeyRow,
  unique,
} from './database-rows.ts';
import { insert } from './database-writes.ts';
import { accessGroupRow, customRoleRow, groupMemberRow, policyRow, resourceGroupRow } from './iam-rows.ts';
import type { QueryTester } from './queries.ts';

/** Accounts that are suspended, and how a removed one is cleared away. */
export const accountQueries = ({ read, write, current }: QueryTester): void => {
  test('accounts are listed by id, and one whose time is over is found', async () => {
    const [one, other] = [accountRow(), accountRow()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    assert.ok(one && other);
    for (const row of [one, other]) await write(accounts.insertAccount, row);
    const before = `${one.id.slice(0, -1)}`;
    assert.deepEqual((await read(accounts.listAccounts, before, 1)).length, 1);
    assert.equal((await read(accounts.listAccounts, one.id, 1))[0]?.id !== one.id, true);
    assert.equal(await read(accounts.accountToRemove, AT), undefined);
    const state = { state: 'SUSPENDED' as const, state_since: AT, state_by: 'user:1', delete_at: AT };
    await write(accounts.changeAccountState, other.id, state);
    assert.deepEqual(await read(accounts.accountToRemove, AT), { ...other, ...state });
    assert.equal(await read(accounts.accountToRemove, AT - 1), undefined);
    await write(accounts.deleteAccount, other.id);
    assert.equal(await read(accounts.findAccount, other.id), undefined);
  });

  test('secrets of an account are deleted some at a time, and those of no other account', async () => {
    const { account, region } = await newNamespace(current());
    const other = await newNamespace(current());
    const key = signingKeyRow('registry-token');
    const federated = (accountId: string) => ({
      id: unique('Session'),
      token_hash: unique('hash'),
      text_hash: unique('text'),
      account_id: accountId,
      profile_id: 'p',
      issuer: 'i',
      chain: '[]',
      claims: '{}',
      created_at: AT,
      expires_at: AT,
      kept_until: AT,
      ended_at: null,
    });
    const code = (accountId: string) => ({
      id: unique('Code'),
      code_hash: unique('hash'),
      purpose: 'passcode' as const,
      account_id: accountId,
      iam_id: 'IBMid-1',
      chain: '[]',
      created_at: AT,
      created_by: 'IBMid-1',
      expires_at: AT,
    });
    const ids = [account.id, account.id, account.id, other.account.id];
    await current().write(insert, {
      signing_keys: [key],
      sessions: ids.map((id) => sessionRow(id)),
      refresh_tokens: ids.map((id) => refreshTokenRow(id)),
      registry_tokens: ids.map((id) => registryTokenRow({ ...account, id }, region, key)),
      federated_sessions: ids.map(federated),
      one_time_codes: ids.map(code),
      auth_options: [
        { account_id: account.id, region_id: region.id, registry_tokens: 'enabled', private_only: null },
      ],
    });
    for (const some of [
      identity.deleteSessionsOfAccount,
      identity.deleteRefreshTokensOfAccount,
      identity.deleteRegistryTokensOfAccount,
      identity.deleteFederatedSessionsOfAccount,
      identity.deleteOneTimeCodesOfAccount,
    ]) {
      assert.equal(await write(some, account.id, 2), 2, some.name);
      assert.equal(await write(some, account.id, 2), 1, some.name);
      assert.equal(await write(some, account.id, 2), 0, some.name);
      assert.equal(await write(some, other.account.id, 2), 1, some.name);
    }
    await write(identity.deleteSettingsOfAccount, account.id);
  });

  test('groups, policies and roles of an account are deleted some at a time', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const group = accessGroupRow(account.id);
    await current().write(insert, {
      access_groups: [group],
      group_members: [groupMemberRow(group, 'IBMid-1'), groupMemberRow(group, 'IBMid-2')],
      policies: [policyRow(account.id), policyRow(account.id)],
      custom_roles: [customRoleRow(account.id)],
    });
    assert.equal(await write(access.deleteMembersOfAccount, account.id, 1), 1);
    assert.equal(await write(access.deleteMembersOfAccount, account.id, 5), 1);
    assert.equal(await write(access.deletePoliciesOfAccount, account.id, 1), 1);
    assert.equal(await write(access.deletePoliciesOfAccount, account.id, 5), 1);
    assert.equal(await write(access.deleteGroupsOfAccount, account.id, 5), 1);
    assert.equal(await write(access.deleteCustomRolesOfAccount, account.id), 1);
  });

  test('namespaces that are removed already come last; what else an account has in a region is deleted', async () => {
    const { account, region, namespace } = await newNamespace(current());
    const removed = { ...namespace, id: digest(), name: unique('gone') };
    await write(namespaces.insertNamespace, removed);
    const first = await read(tenancy.namespaceOfAccount, account.id, region.id);
    assert.ok(first, 'all of them lie in the region of the removed ones here');
    const found = await read(tenancy.namespaceOfAccount, account.id, namespaces.REMOVED);
    assert.equal(found?.account_id, account.id);
    const exemption = {
      account_id: account.id,
      region_id: region.id,
      namespace: '',
      repository: '',
      reference: '',
      issue_type: 'cve',
      created_at: AT,
      created_by: 'IBMid-1',
    };
    await current().write(insert, {
      exemptions: ['1', '2'].map((issue_id) => ({ ...exemption, issue_id })),
      resource_groups: [resourceGroupRow(account.id), resourceGroupRow(account.id)],
      quotas: [
        { account_id: account.id, region_id: region.id, storage_limit: 1, traffic_limit: null, plan: null },
      ],
      pull_traffic: [{ account_id: account.id, region_id: region.id, month: '2026-01', bytes: 1 }],
    });
    assert.equal(await write(tenancy.deleteExemptionsOfAccount, account.id, 1), 1);
    assert.equal(await write(tenancy.deleteExemptionsOfAccount, account.id, 5), 1);
    assert.equal(await write(tenancy.deleteResourceGroupsOfAccount, account.id, 5), 2);
    await write(tenancy.deleteQuotasOfAccount, account.id);
  });

  test('a hold anywhere in an account is found; refusals and settings of the audit log are deleted', async () => {
    const { account, namespace } = await newNamespace(current());
    assert.equal(await read(holds.holdOfAccount, account.id), undefined);
    const repository = repositoryRow(namespace);
    const hold = {
      repository_id: repository.id,
      digest: digest(),
      namespace_id: namespace.id,
      reason: 'evidence',
      created_at: AT,
      created_by: 'IBMid-1',
    };
    const refusal = {
      id: unique('refusal'),
      account_id: account.id,
      principal_kind: 'user' as const,
      principal_id: 'IBMid-1',
      action: 'a',
      resource: '{}',
      exists_here: 1,
      because: 'b',
      at: AT,
      times: 1,
    };
    await current().write(insert, {
      repositories: [repository],
      image_holds: [hold],
      refusals: [refusal],
      audit_settings: [{ account_id: account.id, pulls: 'each', modified_at: AT, modified_by: 'IBMid-1' }],
    });
    assert.equal((await read(holds.holdOfAccount, account.id))?.namespace, namespace.name);
    assert.equal(await write(refusals.deleteRefusalsOfAccount, account.id, 5), 1);
    await write(events.deleteAuditSettings, account.id);
    assert.equal(await read(events.findAuditSettings, account.id), undefined);
  });
};
