import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as groups from '../../src/access/access-groups/rows.ts';
import type { FederatedIdentityRow, SignInRow } from '../../src/database/federation-schema.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as identities from '../../src/identity/federated-identities/rows.ts';
import * as signIns from '../../src/identity/sign-ins/rows.ts';
import * as users from '../../src/identity/users/rows.ts';
import { AT, accountRow, membershipRow, unique, userRow } from './database-rows.ts';
import { accessGroupRow, groupMemberRow } from './iam-rows.ts';
import type { QueryTester } from './queries.ts';

const identityRow = (fields: Partial<FederatedIdentityRow> = {}): FederatedIdentityRow => ({
  id: unique('FederatedIdentity'),
  issuer: 'company',
  subject: unique('subject'),
  iam_id: unique('IBMid'),
  email: 'ada@example.com',
  name: 'Ada 🐦',
  issuer_link: 'company.g',
  claims: '{"groups":["birds"]}',
  claims_fault: null,
  claims_at: AT,
  refresh_token: 'sealed',
  checked_at: AT,
  next_check_at: AT + 10,
  check_lease: null,
  check_lease_until: null,
  failing_since: null,
  ended_at: null,
  created_at: AT,
  ...fields,
});

const signInRow = (identity: FederatedIdentityRow, fields: Partial<SignInRow> = {}): SignInRow => ({
  id: unique('SignIn'),
  federated_identity_id: identity.id,
  iam_id: identity.iam_id,
  issuer: identity.issuer,
  sid: unique('sid'),
  auth_time: AT,
  started_at: AT,
  ended_at: null,
  kept_until: AT + 99,
  ...fields,
});

/** People as their identity providers know them, and their sign-ins. */
export const signInQueries = ({ read, write }: QueryTester): void => {
  test('a person of a provider is found by issuer and subject, by user and by id, changed and removed', async () => {
    const first = identityRow();
    const second = identityRow({ iam_id: first.iam_id, created_at: AT + 1 });
    for (const row of [second, first]) await write(identities.insertFederatedIdentity, row);
    assert.deepEqual(await read(identities.findFederatedIdentity, first.id), first);
    assert.deepEqual(await read(identities.findFederatedIdentityOf, 'company', first.subject), first);
    assert.equal(await read(identities.findFederatedIdentityOf, 'partner', first.subject), undefined);
    assert.deepEqual(await read(identities.federatedIdentitiesOfUser, first.iam_id), [first, second]);
    await assert.rejects(write(identities.insertFederatedIdentity, { ...first, id: unique('other') }));
    await write(identities.changeFederatedIdentity, first, { claims: '{}', checked_at: AT + 5 });
    await write(identities.noteCheckLease, first.id, { check_lease: 'l', check_lease_until: AT + 6 });
    await write(identities.noteRefreshToken, { id: first.id, lease: 'l', sealed: 'next' });
    await write(identities.noteRefreshToken, { id: first.id, lease: 'of before', sealed: 'too late' });
    await write(identities.noteNextCheck, first.iam_id, AT + 3);
    const changed = {
      ...first,
      ...{ claims: '{}', checked_at: AT + 5, next_check_at: AT + 3 },
      ...{ check_lease: 'l', check_lease_until: AT + 6, refresh_token: 'next' },
    };
    assert.deepEqual(await read(identities.findFederatedIdentity, first.id), changed);
    await write(identities.noteNextCheck, first.iam_id, AT + 9);
    assert.equal((await read(identities.findFederatedIdentity, first.id))?.next_check_at, AT + 3);
    await write(identities.deleteFederatedIdentity, first);
    assert.deepEqual(
      (await read(identities.federatedIdentitiesOfUser, first.iam_id)).map(({ id }) => id),
      [second.id],
    );
  });

  test('those whose provider is to be asked are found, the longest overdue first', async () => {
    const [late, later, ended] = [
      identityRow({ next_check_at: 1 }),
      identityRow({ next_check_at: 2 }),
      identityRow({ next_check_at: null }),
    ];
    for (const row of [later, late, ended]) await write(identities.insertFederatedIdentity, row);
    const due = await read(identities.identitiesToCheck, 2, 10);
    assert.deepEqual(
      due.map(({ id }) => id),
      [late.id, later.id],
    );
    for (const row of [late, later]) await write(identities.deleteFederatedIdentity, row);
  });

  test('members of an account of whom a provider says something are found by iam_id, so many people at once', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const people = [userRow(), userRow(), userRow()].sort((a, b) => (a.iam_id < b.iam_id ? -1 : 1));
    for (const user of people) {
      await write(users.insertUser, user);
      await write(users.insertMembership, membershipRow(account, user));
    }
    const rows = [people[0], people[0], people[2]].map((user) => identityRow({ iam_id: user?.iam_id ?? '' }));
    for (const row of rows) await write(identities.insertFederatedIdentity, row);
    const page = async (after: string, limit: number): Promise<string[]> =>
      (await read(identities.federatedIdentitiesIn, { accountId: account.id, after, limit })).map(
        ({ iam_id: iamId }) => iamId,
      );
    const [one = '', , three = ''] = people.map(({ iam_id: iamId }) => iamId);
    assert.deepEqual(await page('', 1), [one, one]);
    assert.deepEqual(await page('', 9), [one, one, three]);
    assert.deepEqual(await page(one, 9), [three]);
  });

  test('the groups that an identity was added to are answered together with whether a provider knows it', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const group = accessGroupRow(account.id);
    await write(groups.insertAccessGroup, group);
    const row = identityRow();
    await write(groups.insertGroupMember, groupMemberRow(group, row.iam_id));
    const added = { groups: [group.id], isFederated: false };
    assert.deepEqual(await read(groups.belongingOf, account.id, row.iam_id), added);
    await write(identities.insertFederatedIdentity, row);
    assert.deepEqual(await read(groups.belongingOf, account.id, row.iam_id), { ...added, isFederated: true });
    assert.deepEqual(await read(groups.belongingOf, 'another', row.iam_id), {
      groups: [],
      isFederated: true,
    });
  });

  test('a sign-in is found by its id, its identity and the session at the provider while it lives, and ended', async () => {
    const identity = identityRow();
    await write(identities.insertFederatedIdentity, identity);
    const [first, second] = [signInRow(identity), signInRow(identity, { started_at: AT + 1 })];
    for (const row of [first, second]) await write(signIns.insertSignIn, row);
    assert.deepEqual(await read(signIns.findSignIn, first.id), first);
    assert.deepEqual(await read(signIns.signInsOfIdentity, identity.id, 9), [second, first]);
    assert.deepEqual(await read(signIns.signInsOfIdentity, identity.id, 1), [second]);
    assert.deepEqual(await read(signIns.signInsOfSid, 'company', first.sid ?? '', 9), [first]);
    assert.deepEqual(await read(signIns.signInsOfSid, 'partner', first.sid ?? '', 9), []);
    await write(signIns.endSignIn, first.id, AT + 2);
    assert.equal((await read(signIns.findSignIn, first.id))?.ended_at, AT + 2);
    assert.deepEqual(await read(signIns.signInsOfSid, 'company', first.sid ?? '', 9), []);
    assert.equal(await write(signIns.endSignInsOfIdentity, identity.id, AT + 3), 1);
    assert.deepEqual(await read(signIns.signInsOfIdentity, identity.id, 9), []);
    await write(signIns.deleteSignInsOfIdentity, identity.id);
    assert.equal(await read(signIns.findSignIn, first.id), undefined);
  });

  test('sign-ins that nothing lasts in any more are found, the oldest first, and removed', async () => {
    const identity = identityRow();
    const [first, second] = [signInRow(identity, { kept_until: 1 }), signInRow(identity, { kept_until: 2 })];
    for (const row of [second, first]) await write(signIns.insertSignIn, row);
    assert.deepEqual(await read(signIns.overdueSignIns, 2, 10), [first.id, second.id]);
    for (const { id } of [first, second]) await write(signIns.deleteSignIn, id);
    assert.deepEqual(await read(signIns.overdueSignIns, 2, 10), []);
  });

  test('after a restore every sign-in and every identity of a provider is over, and no token of a provider is left', async () => {
    const identity = identityRow();
    const row = signInRow(identity);
    await write(identities.insertFederatedIdentity, identity);
    await write(signIns.insertSignIn, row);
    await write(signIns.endAllSignIns, AT + 4);
    await write(identities.endFederatedIdentities, AT + 4);
    assert.equal((await read(signIns.findSignIn, row.id))?.ended_at, AT + 4);
    const ended = await read(identities.findFederatedIdentity, identity.id);
    assert.deepEqual([ended?.ended_at, ended?.refresh_token, ended?.next_check_at], [AT + 4, null, null]);
  });

  test('a logout token that was used is found until it is forgotten', async () => {
    const [first, second] = [unique('token'), unique('token')];
    await write(signIns.insertUsedLogoutToken, { id: first, kept_until: 1 });
    await write(signIns.insertUsedLogoutToken, { id: second, kept_until: 2 });
    assert.deepEqual(await read(signIns.findUsedLogoutToken, first), { id: first, kept_until: 1 });
    assert.deepEqual(await read(signIns.usedLogoutTokens, 2, 10), [first, second]);
    await write(signIns.deleteUsedLogoutTokens, [first, second]);
    assert.equal(await read(signIns.findUsedLogoutToken, first), undefined);
  });
};
