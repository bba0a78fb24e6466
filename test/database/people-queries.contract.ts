import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as groups from '../../src/access/access-groups/rows.ts';
import * as policies from '../../src/access/policies/rows.ts';
import type { OneTimeCodeRow } from '../../src/database/iam-schema.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as apiKeys from '../../src/identity/api-keys/rows.ts';
import * as codes from '../../src/identity/one-time-codes/rows.ts';
import * as passwords from '../../src/identity/passwords/rows.ts';
import * as profiles from '../../src/identity/profiles/rows.ts';
import * as sessions from '../../src/identity/sessions/rows.ts';
import * as users from '../../src/identity/users/rows.ts';
import {
  AT,
  accountRow,
  keyRow,
  membershipRow,
  refreshTokenRow,
  sessionRow,
  unique,
  userRow,
} from './database-rows.ts';
import {
  accessGroupRow,
  groupMemberRow,
  passwordRow,
  policyRow,
  profileRow,
  profileTrustRow,
} from './iam-rows.ts';
import { type QueryTester, shuffled } from './queries.ts';

/** Members of an account, what they sign in with, and trusted profiles. */
export const peopleQueries = ({ read, write }: QueryTester): void => {
  test('profiles are counted, found by name, listed by id, changed, noted and deleted with their trusts', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const rows = ['A', 'B', 'C'].map((letter) => ({ ...profileRow(account.id), id: unique(letter) }));
    for (const row of shuffled(rows)) await write(profiles.insertProfile, row);
    const [first, second, third] = rows;
    assert.ok(first && second && third);
    assert.equal(await read(profiles.countProfiles, account.id), 3);
    assert.deepEqual(await read(profiles.findProfileByName, account.id, second.name), second);
    assert.equal(await read(profiles.findProfileByName, 'another', second.name), undefined);
    const page = { accountId: account.id, after: first.id, limit: 1 };
    assert.deepEqual(await read(profiles.listProfiles, page), [second]);
    const set = { name: unique('n'), description: 'd', email: 'e', entity_tag: '2-b', modified_at: AT + 1 };
    await write(profiles.updateProfile, first.id, set);
    await write(profiles.noteProfileUse, first.id, AT + 2, 3);
    assert.deepEqual(await read(profiles.findProfile, first.id), {
      ...first,
      ...set,
      last_authn_at: AT + 2,
      authn_count: 3,
    });
    const trust = profileTrustRow(first.id);
    await write(profiles.insertProfileTrust, trust);
    await write(profiles.deleteProfile, first.id);
    assert.equal(await read(profiles.findProfile, first.id), undefined);
    assert.equal(await read(profiles.findProfileTrust, trust.id), undefined);
  });

  test('whom a profile trusts: by kind, by identity, in all of an account; changed and ended', async () => {
    const [account, other] = [accountRow(), accountRow()];
    for (const each of [account, other]) await write(accounts.insertAccount, each);
    const [profile, theirs] = [profileRow(account.id), profileRow(other.id)];
    for (const each of [profile, theirs]) await write(profiles.insertProfile, each);
    const identity = unique('IBMid');
    const named = profileTrustRow(profile.id, { id: unique('A'), identity });
    const rule = profileTrustRow(profile.id, { id: unique('B'), kind: 'rule', identity: null });
    const rule2 = profileTrustRow(profile.id, { id: unique('C'), kind: 'rule', identity: null });
    const elsewhere = profileTrustRow(theirs.id, { identity });
    for (const row of shuffled([named, rule, rule2, elsewhere]))
      await write(profiles.insertProfileTrust, row);
    assert.deepEqual(await read(profiles.trustsOfProfile, profile.id, 'rule'), [rule, rule2]);
    assert.deepEqual((await read(profiles.trustIdsOfProfile, profile.id)).sort(), [
      named.id,
      rule.id,
      rule2.id,
    ]);
    assert.deepEqual(await read(profiles.findTrustInIdentity, profile.id, identity), named);
    assert.equal(await read(profiles.findTrustInIdentity, profile.id, 'IBMid-other'), undefined);
    assert.deepEqual(await read(profiles.trustsInIdentity, account.id, identity), [named.id]);
    assert.deepEqual(await read(profiles.profilesTrusting, account.id, identity), [named.profile_id]);
    assert.deepEqual(await read(profiles.profilesTrusting, 'b'.repeat(32), identity), []);
    const set = { document: '{"a":1}', entity_tag: '2-b', modified_at: AT + 1 };
    assert.equal(await read(profiles.isTrustedAbroad, account.id, identity), true);
    assert.equal(await read(profiles.isTrustedAbroad, account.id, unique('IBMid')), false);
    assert.deepEqual(
      (await read(profiles.trustsOfIdentity, identity)).sort(),
      [named.id, elsewhere.id].sort(),
    );
    const moved = { identity: unique('IBMid'), document: '{"b":1}', entity_tag: '2-c', modified_at: AT + 2 };
    await write(profiles.moveProfileTrust, named.id, moved);
    assert.deepEqual(await read(profiles.findProfileTrust, named.id), { ...named, ...moved });
    await write(profiles.updateProfileTrust, rule.id, set);
    assert.deepEqual(await read(profiles.findProfileTrust, rule.id), { ...rule, ...set });
    await write(profiles.deleteProfileTrust, rule.id);
    assert.equal(await read(profiles.findProfileTrust, rule.id), undefined);
  });

  test('members of an account: found, counted, listed by iam_id, changed and removed with what they sign in with', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const people = ['A', 'B', 'C'].map((letter) => ({ ...userRow(), iam_id: unique(letter) }));
    for (const user of shuffled(people)) {
      await write(users.insertUser, user);
      await write(users.insertMembership, membershipRow(account, user));
    }
    const [first, second, third] = people;
    assert.ok(first && second && third);
    const member = (user: typeof first) => ({
      ...user,
      account_id: account.id,
      state: 'ACTIVE',
      added_at: AT,
    });
    assert.equal(await read(users.countMembers, account.id), 3);
    assert.deepEqual(await read(users.findMember, account.id, second.iam_id), member(second));
    const page = { accountId: account.id, from: second.iam_id, limit: 2 };
    assert.deepEqual(await read(users.listMembers, page), [member(second), member(third)]);
    assert.deepEqual(await read(users.findUserByName, first.user_name), first);
    assert.deepEqual(await read(users.membershipsOfUser, first.iam_id), [membershipRow(account, first)]);
    const key = keyRow(account.id, { iam_id: first.iam_id });
    const session = { ...sessionRow(account.id), iam_id: first.iam_id };
    const token = { ...refreshTokenRow(account.id), iam_id: first.iam_id };
    const others = keyRow(account.id, { iam_id: second.iam_id });
    for (const row of [key, others]) await write(apiKeys.insertApiKey, row);
    await write(sessions.insertSession, session);
    await write(sessions.insertRefreshToken, token);
    await write(apiKeys.deleteApiKeysOfIdentity, account.id, first.iam_id);
    await write(sessions.deleteSessionsOfIdentity, account.id, first.iam_id);
    assert.equal(await read(apiKeys.findApiKey, key.id), undefined);
    assert.equal(await read(sessions.findSession, session.id), undefined);
    assert.equal(await read(sessions.findRefreshToken, token.token_hash), undefined);
    assert.deepEqual(await read(apiKeys.findApiKey, others.id), others);
    const off = { accountId: account.id, iamId: second.iam_id, state: 'DISABLED' as const };
    await write(users.setMembershipState, off);
    assert.equal((await read(users.findMember, account.id, second.iam_id))?.state, 'DISABLED');
    await write(users.setUserNames, first.iam_id, { first_name: 'X', last_name: 'Y' });
    assert.equal((await read(users.findUser, first.iam_id))?.first_name, 'X');
    await write(users.deleteMembership, account.id, first.iam_id);
    assert.equal(await read(users.findMember, account.id, first.iam_id), undefined);
    const password = passwordRow(first);
    await write(passwords.insertPassword, password);
    await write(users.deleteUser, first.iam_id);
    assert.equal(await read(passwords.findPassword, first.iam_id), undefined);
  });

  test('one-time codes: found by their hash, removed by id, by whom and what they are for, and past their time', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const code = (more: Partial<OneTimeCodeRow> = {}): OneTimeCodeRow => ({
      id: unique('Code'),
      code_hash: unique('hash'),
      purpose: 'passcode',
      account_id: account.id,
      iam_id: 'IBMid-1',
      chain: '[]',
      created_at: AT,
      created_by: 'IBMid-1',
      expires_at: AT + 10,
      ...more,
    });
    const [one, two, three] = [
      code({ expires_at: 5 }),
      code({ purpose: 'invitation' }),
      code({ expires_at: 4 }),
    ];
    for (const row of [one, two, three]) await write(codes.insertOneTimeCode, row);
    assert.deepEqual(await read(codes.findOneTimeCode, one.code_hash), one);
    assert.deepEqual(await read(codes.findOneTimeCodeById, two.id), two);
    assert.equal(await read(codes.findOneTimeCodeById, 'none'), undefined);
    assert.deepEqual(await read(codes.expiredOneTimeCodes, 5, 10), [three.id, one.id]);
    assert.deepEqual(await read(codes.expiredOneTimeCodes, 4, 10), [three.id]);
    await write(codes.deleteOneTimeCode, three.id);
    const of = { accountId: account.id, iamId: 'IBMid-1' };
    await write(codes.deleteOneTimeCodesOf, { ...of, purpose: 'passcode' });
    assert.equal(await read(codes.findOneTimeCode, one.code_hash), undefined);
    assert.deepEqual(await read(codes.findOneTimeCode, two.code_hash), two);
    await write(codes.deleteOneTimeCodesOf, of);
    assert.equal(await read(codes.findOneTimeCode, two.code_hash), undefined);
  });

  test('the invitations of an account that can still be accepted, by their ids from a place on', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const invited = [userRow(), userRow(), userRow()].sort((a, b) => (a.iam_id < b.iam_id ? -1 : 1));
    const codesOf = invited.map(({ iam_id }, index) => ({
      id: unique('Code'),
      code_hash: unique('hash'),
      purpose: index === 1 ? ('passcode' as const) : ('invitation' as const),
      account_id: account.id,
      iam_id,
      chain: '[]',
      created_at: AT,
      created_by: 'IBMid-1',
      expires_at: AT + index + 1,
    }));
    for (const user of invited) await write(users.insertUser, user);
    for (const row of codesOf) await write(codes.insertOneTimeCode, row);
    const ids = async (more: { now?: number; after?: string } = {}): Promise<string[]> => {
      const asked = { accountId: account.id, now: AT, after: '', limit: 10, ...more };
      return (await read(codes.pendingInvitations, asked)).map(({ iam_id: id }) => id);
    };
    const [first, , last] = invited.map(({ iam_id: id }) => id);
    assert.deepEqual(await ids(), [first, last]);
    assert.deepEqual(await ids({ now: AT + 1 }), [last]);
    assert.deepEqual(await ids({ after: invited[0]?.iam_id ?? '' }), [last]);
  });

  test("an identity joins its account's groups, once each, and loses what it holds there and nowhere else", async () => {
    const [account, other] = [accountRow(), accountRow()];
    for (const each of [account, other]) await write(accounts.insertAccount, each);
    const [group, theirs] = [accessGroupRow(account.id), accessGroupRow(other.id)];
    for (const each of [group, theirs]) await write(groups.insertAccessGroup, each);
    assert.deepEqual(await read(groups.groupsOfAccount, account.id, [group.id, theirs.id, 'none']), [
      group.id,
    ]);
    assert.deepEqual(await read(groups.groupsOfAccount, account.id, []), []);
    for (const each of [group, group, theirs]) await write(groups.joinGroup, groupMemberRow(each, 'IBMid-1'));
    for (const each of [account, other])
      await write(policies.insertPolicy, policyRow(each.id, { subject: 'IBMid-1' }));
    await write(policies.deletePoliciesOfSubject, account.id, 'IBMid-1');
    await write(groups.deleteGroupMemberships, account.id, 'IBMid-1');
    assert.deepEqual(await read(groups.groupsOfIdentity, account.id, 'IBMid-1'), []);
    assert.deepEqual(await read(policies.policiesOfSubjects, account.id, ['IBMid-1'], { limit: 10 }), []);
    assert.deepEqual(await read(groups.groupsOfIdentity, other.id, 'IBMid-1'), [theirs.id]);
    assert.equal((await read(policies.policiesOfSubjects, other.id, ['IBMid-1'], { limit: 10 })).length, 1);
  });

  test('who logs in with a name: in one account, or anywhere with a password, the oldest first', async () => {
    const [account, other] = [accountRow(), accountRow()];
    for (const each of [account, other]) await write(accounts.insertAccount, each);
    const email = `${unique('ada')}@example.com`;
    const people = [AT + 2, AT, AT + 1].map((created_at) => ({ ...userRow(), email, created_at }));
    const [third, first, second] = people;
    assert.ok(first && second && third);
    for (const user of people) await write(users.insertUser, user);
    await write(users.setUserName, third.iam_id, email);
    for (const user of [third, first]) await write(passwords.insertPassword, passwordRow(user));
    await write(users.insertMembership, membershipRow(account, first));
    await write(users.insertMembership, { ...membershipRow(account, second), state: 'PENDING' });
    await write(users.insertMembership, membershipRow(other, third));
    const ids = (rows: readonly { iam_id: string }[]): string[] => rows.map(({ iam_id }) => iam_id);
    assert.deepEqual(ids(await read(passwords.loginsCalled, email, 5)), [first.iam_id, third.iam_id]);
    assert.deepEqual(ids(await read(passwords.loginsCalled, email, 1)), [first.iam_id]);
    assert.deepEqual(ids(await read(users.usersCalled, email, 5)).sort(), ids(people).sort());
    assert.deepEqual(ids(await read(users.usersCalled, first.iam_id, 5)), [first.iam_id]);
    const [login] = await read(passwords.loginsOfAccount, account.id, email);
    const { id: password_id, hash } = passwordRow(first);
    assert.deepEqual({ ...login, password_id, hash }, { ...first, password_id, hash });
    const members = await read(users.membersCalled, account.id, email);
    assert.deepEqual(
      members.map(({ iam_id, state }) => [iam_id, state]).sort(),
      [
        [first.iam_id, 'ACTIVE'],
        [second.iam_id, 'PENDING'],
      ].sort(),
    );
    assert.deepEqual(ids(await read(users.membersCalled, other.id, email)), [third.iam_id]);
  });

  test('a password is found by its user, and removed', async () => {
    const user = userRow();
    await write(users.insertUser, user);
    const row = passwordRow(user);
    await write(passwords.insertPassword, row);
    assert.deepEqual(await read(passwords.findPassword, user.iam_id), row);
    await write(passwords.deletePassword, user.iam_id);
    assert.equal(await read(passwords.findPassword, user.iam_id), undefined);
  });
};
