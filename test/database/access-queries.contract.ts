import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as groups from '../../src/access/access-groups/rows.ts';
import * as customRoles from '../../src/access/custom-roles/rows.ts';
import * as policies from '../../src/access/policies/rows.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as settings from '../../src/identity/settings/rows.ts';
import { AT, accountRow } from './database-rows.ts';
import { accessGroupRow, customRoleRow, groupMemberRow, policyRow } from './iam-rows.ts';
import { type QueryTester, shuffled } from './queries.ts';

/** Groups, policies, roles, settings of accounts. */
export const accessQueries = ({ read, write }: QueryTester): void => {
  test('the policies of subjects: active ones, of this account', async () => {
    const [account, other] = [accountRow(), accountRow()];
    await write(accounts.insertAccount, account);
    await write(accounts.insertAccount, other);
    const rows = [
      policyRow(account.id, { subject: 'IBMid-1' }),
      policyRow(account.id, { subject: 'AccessGroupId-1' }),
      policyRow(account.id, { subject: 'IBMid-1', state: 'deleted' }),
      policyRow(account.id, { subject: 'IBMid-2' }),
      policyRow(other.id, { subject: 'IBMid-1' }),
    ];
    for (const row of rows) await write(policies.insertPolicy, row);
    const found = await read(policies.policiesOfSubjects, account.id, ['IBMid-1', 'AccessGroupId-1'], {
      limit: 10,
    });
    assert.deepEqual(
      found.map(({ id, subject, document }) => ({ id, subject, document })),
      [rows[1], rows[0]].map((row) => ({ id: row?.id, subject: row?.subject, document: row?.document })),
    );
  });

  test('the policies of subjects are read in parts; a document above the bound is left out', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const rows = ['a', 'b', 'a', 'c'].map((subject, index) => ({
      ...policyRow(account.id, { subject }),
      document: index === 3 ? JSON.stringify('é'.repeat(policies.MOST_BYTES / 2)) : `"${index}"`,
    }));
    for (const row of shuffled(rows)) await write(policies.insertPolicy, row);
    const found: policies.DecidedRow[] = [];
    for (;;) {
      const page = { after: found.at(-1), limit: 1 };
      const part = await read(policies.policiesOfSubjects, account.id, ['a', 'b', 'c'], page);
      if (part.length === 0) break;
      found.push(...part);
    }
    const inOrder = rows.toSorted((x, y) => (`${x.subject}/${x.id}` < `${y.subject}/${y.id}` ? -1 : 1));
    assert.deepEqual(
      found.map(({ id, document }) => [id, document]),
      inOrder.map(({ id, subject, document }) => [id, subject === 'c' ? '' : document]),
    );
    const sizes = await read(policies.policySizes, { after: '', limit: 10_000 });
    const own = sizes.filter(({ account_id }) => account_id === account.id);
    assert.deepEqual(
      own.map(({ id, bytes }) => [id, bytes]),
      rows.map(({ id, document }) => [id, Buffer.byteLength(document)]).sort(),
    );
    assert.deepEqual(
      sizes.map(({ id }) => id),
      sizes.map(({ id }) => id).sort(),
    );
  });

  test('the custom roles of an account', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const row = customRoleRow(account.id);
    await write(customRoles.insertCustomRole, row);
    assert.deepEqual(await read(customRoles.listCustomRoles, account.id), [row]);
  });

  test('the groups of an identity, account by account', async () => {
    const [account, other] = [accountRow(), accountRow()];
    await write(accounts.insertAccount, account);
    await write(accounts.insertAccount, other);
    const [mine, foreign] = [accessGroupRow(account.id), accessGroupRow(other.id)];
    for (const group of [mine, foreign]) {
      await write(groups.insertAccessGroup, group);
      await write(groups.insertGroupMember, groupMemberRow(group, 'IBMid-1'));
    }
    assert.deepEqual(await read(groups.groupsOfIdentity, account.id, 'IBMid-1'), [mine.id]);
    assert.deepEqual(await read(groups.groupsOfIdentity, account.id, 'IBMid-2'), []);
  });

  test('settings of an account, area by area, are replaced as a whole', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const row = {
      account_id: account.id,
      area: 'access_groups' as const,
      document: '{"public_access_enabled":true}',
      entity_tag: '1-a',
      modified_at: AT,
      modified_by: 'IBMid-1',
    };
    const changed = { ...row, document: '{"public_access_enabled":false}', entity_tag: '2-b' };
    assert.equal(await read(settings.findAccountSettings, account.id, 'access_groups'), undefined);
    await write(settings.putAccountSettings, row);
    await write(settings.putAccountSettings, changed);
    assert.deepEqual(await read(settings.findAccountSettings, account.id, 'access_groups'), changed);
    assert.equal(await read(settings.findAccountSettings, account.id, 'identity'), undefined);
  });
};
