import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as groups from '../../src/access/access-groups/rows.ts';
import * as policies from '../../src/access/policies/rows.ts';
import { historyOf, insertEvents } from '../../src/audit/events/rows.ts';
import type { EntityPage, Filter } from '../../src/database/entity-page.ts';
import type { ActivityReportRow, ServiceIdRow } from '../../src/database/iam-schema.ts';
import type { ApiKeyRow } from '../../src/database/schema.ts';
import * as accounts from '../../src/identity/accounts/rows.ts';
import * as reports from '../../src/identity/activity/rows.ts';
import * as apiKeys from '../../src/identity/api-keys/rows.ts';
import * as passwords from '../../src/identity/passwords/rows.ts';
import * as profiles from '../../src/identity/profiles/rows.ts';
import * as serviceIds from '../../src/identity/service-ids/rows.ts';
import * as sessions from '../../src/identity/sessions/rows.ts';
import * as users from '../../src/identity/users/rows.ts';
import {
  AT,
  accountRow,
  auditEventRow,
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
  serviceIdRow,
} from './iam-rows.ts';
import { type QueryTester, shuffled } from './queries.ts';

const WHOLE: EntityPage = { sort: undefined, descending: false, after: undefined, filters: [], limit: 100 };

/** Service IDs, trusted profiles, passwords. */
export const iamQueries = ({ read, write }: QueryTester): void => {
  test('a service ID is found by its id', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const row = serviceIdRow(account.id);
    await write(serviceIds.insertServiceId, row);
    assert.deepEqual(await read(serviceIds.findServiceId, row.id), row);
    assert.equal(await read(serviceIds.findServiceId, 'ServiceId-none'), undefined);
  });

  test('a trusted profile, and whom it trusts, are found by their ids', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const profile = profileRow(account.id);
    const trust = profileTrustRow(profile.id);
    await write(profiles.insertProfile, profile);
    await write(profiles.insertProfileTrust, trust);
    assert.deepEqual(await read(profiles.findProfile, profile.id), profile);
    assert.deepEqual(await read(profiles.findProfileTrust, trust.id), trust);
    assert.equal(await read(profiles.findProfileTrust, 'none'), undefined);
  });

  test('a password is found by the id it had when it was set', async () => {
    const user = userRow();
    await write(users.insertUser, user);
    const row = passwordRow(user);
    await write(passwords.insertPassword, row);
    assert.deepEqual(await read(passwords.findPasswordById, row.id), row);
    assert.equal(await read(passwords.findPasswordById, 'earlier'), undefined);
  });

  test('service IDs are listed by id or by another column, forwards and backwards, filtered, and counted', async () => {
    const [account, other] = [accountRow(), accountRow()];
    for (const each of [account, other]) await write(accounts.insertAccount, each);
    await write(serviceIds.insertServiceId, serviceIdRow(other.id));
    const rows = ['Robin', 'finch', 'robin', 'robin', 'wren%']
      .map((name, index) => ({ ...serviceIdRow(account.id), name, created_at: AT + (index % 2) }))
      .toSorted(({ id: a }, { id: b }) => (a < b ? -1 : 1));
    for (const row of shuffled(rows)) await write(serviceIds.insertServiceId, row);
    const list = (page: Partial<EntityPage>, name?: string): Promise<ServiceIdRow[]> =>
      read(serviceIds.listServiceIds, { accountId: account.id, name, page: { ...WHOLE, ...page } });
    assert.deepEqual(await list({}), rows);
    assert.deepEqual(await list({ descending: true }), rows.toReversed());
    const [, second] = rows;
    assert.deepEqual(await list({ after: { value: '', id: second?.id ?? '' }, limit: 2 }), rows.slice(2, 4));
    for (const sort of ['name', 'created_at'] as const) {
      for (const descending of [false, true]) {
        const sorted = await list({ sort, descending });
        const paged: ServiceIdRow[] = [];
        for (let last = paged.at(-1), more = true; more; last = paged.at(-1)) {
          const after = last && { value: last[sort], id: last.id };
          const page = await list({ sort, descending, after, limit: 2 });
          paged.push(...page);
          more = page.length === 2;
        }
        assert.deepEqual(paged, sorted);
        const values = sorted.map((row) => row[sort]);
        const expected = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        assert.deepEqual(values, descending ? expected.toReversed() : expected);
      }
    }
    const filtered = async (operator: Filter['operator'], text: string): Promise<string[]> =>
      (await list({ filters: [{ column: 'name', operator, text }], sort: 'name' })).map(({ name }) => name);
    assert.deepEqual(await filtered('eq', 'robin'), ['robin', 'robin']);
    assert.deepEqual(await filtered('ne', 'robin'), ['Robin', 'finch', 'wren%']);
    assert.deepEqual(await filtered('co', 'in'), ['Robin', 'finch', 'robin', 'robin']);
    assert.deepEqual(await filtered('co', '%'), ['wren%']);
    assert.deepEqual(await filtered('sw', 'ro'), ['robin', 'robin']);
    assert.equal((await list({}, 'robin')).length, 2);
    assert.equal(await read(serviceIds.countServiceIds, account.id), 5);
  });

  test('a service ID is replaced as a whole, and deleted', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const row = serviceIdRow(account.id);
    await write(serviceIds.insertServiceId, row);
    const changed = { ...row, name: 'cd', locked: 1, entity_tag: '2-b', modified_at: AT + 1 };
    await write(serviceIds.updateServiceId, changed);
    assert.deepEqual(await read(serviceIds.findServiceId, row.id), changed);
    await write(serviceIds.deleteServiceId, row.id);
    assert.equal(await read(serviceIds.findServiceId, row.id), undefined);
  });

  test('what an identity was granted and trusted with is taken away, and nothing of another identity', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const [mine, other] = [policyRow(account.id, { subject: 'mine' }), policyRow(account.id)];
    for (const policy of [mine, other]) await write(policies.insertPolicy, policy);
    await write(policies.deletePoliciesOfSubject, account.id, 'mine');
    const left = await read(policies.policiesOfSubjects, account.id, ['mine', other.subject], { limit: 10 });
    assert.deepEqual(
      left.map(({ id }) => id),
      [other.id],
    );
    const group = accessGroupRow(account.id);
    await write(groups.insertAccessGroup, group);
    for (const iamId of ['mine', 'other'])
      await write(groups.insertGroupMember, groupMemberRow(group, iamId));
    await write(groups.deleteGroupMemberships, account.id, 'mine');
    assert.deepEqual(await read(groups.groupsOfIdentity, account.id, 'mine'), []);
    assert.deepEqual(await read(groups.groupsOfIdentity, account.id, 'other'), [group.id]);
    const profile = profileRow(account.id);
    await write(profiles.insertProfile, profile);
    const identity = unique('iam-ServiceId');
    const trust = profileTrustRow(profile.id, { identity });
    for (const row of [trust, profileTrustRow(profile.id)]) await write(profiles.insertProfileTrust, row);
    assert.deepEqual(await read(profiles.trustsOfIdentity, identity), [trust.id]);
    assert.deepEqual(await read(profiles.profilesTrusting, profile.account_id, identity), [profile.id]);
    assert.deepEqual(await read(profiles.profilesTrusting, unique('Account'), identity), []);
    await write(profiles.deleteProfileTrust, trust.id);
    assert.deepEqual(await read(profiles.trustsOfIdentity, identity), []);
  });

  test('what was done to an entity, newest first, account by account', async () => {
    const [target, accountId] = [unique('target'), unique('account')];
    for (const [index, at] of [AT, AT + 2, AT + 1].entries()) {
      await write(insertEvents, [
        { ...auditEventRow(), account_id: accountId, at, action: `a${index}`, target },
      ]);
    }
    const of = { accountId, target, limit: 2 };
    assert.deepEqual(
      (await read(historyOf, of)).map(({ action }) => action),
      ['a1', 'a2'],
    );
    assert.deepEqual(await read(historyOf, { ...of, accountId: 'another' }), []);
  });

  test('reports of inactive identities, and who is inactive', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const report = (at: number): ActivityReportRow => ({
      id: unique('report'),
      account_id: account.id,
      duration: 720,
      created_at: at,
      created_by: 'IBMid-1',
    });
    const [old, young] = [report(AT), report(AT + 5)];
    for (const row of [young, old]) await write(reports.insertActivityReport, row);
    assert.deepEqual(await read(reports.latestActivityReport, account.id), young);
    assert.deepEqual(await read(reports.findActivityReport, old.id), old);
    await write(reports.deleteActivityReportsBefore, account.id, AT + 1);
    assert.equal(await read(reports.findActivityReport, old.id), undefined);

    const user = userRow();
    await write(users.insertUser, user);
    await write(users.insertMembership, membershipRow(account, user));
    assert.deepEqual(
      (await read(reports.membersAfter, account.id, '', 10)).map(({ iam_id }) => iam_id),
      [user.iam_id],
    );
    assert.deepEqual(await read(reports.membersAfter, account.id, user.iam_id, 10), []);
    const keys = [
      keyRow(account.id, { iam_id: 'a', last_authn_at: null }),
      keyRow(account.id, { iam_id: 'b', last_authn_at: AT + 1 }),
      keyRow(account.id, { iam_id: 'c', last_authn_at: AT + 9 }),
      keyRow(account.id, { iam_id: 'd', created_at: AT + 9 }),
    ];
    for (const key of shuffled(keys)) await write(apiKeys.insertApiKey, key);
    await write(sessions.insertSession, { ...sessionRow(account.id), iam_id: 'b', last_active_at: AT + 20 });
    const seen = await read(reports.lastSeen, account.id, ['a', 'b', 'c']);
    assert.deepEqual([...(await read(reports.lastSeen, account.id, ['a', 'd']))], []);
    assert.deepEqual([...seen].toSorted(), [
      ['b', AT + 20],
      ['c', AT + 9],
    ]);
    const before = AT + 5;
    const found = await read(reports.inactiveApiKeys, { accountId: account.id, before, page: WHOLE });
    assert.deepEqual(
      found.map(({ id }) => id),
      keys.slice(0, 2).map(({ id }) => id),
    );
    const profile = profileRow(account.id);
    await write(profiles.insertProfile, profile);
    const idle = await read(reports.inactiveProfiles, { accountId: account.id, before, page: WHOLE });
    assert.deepEqual(idle, [{ id: profile.id, name: profile.name, last_authn_at: null }]);
  });

  test('API keys of an account are listed by identity and id; changed without touching what is counted', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const rows = ['a', 'a', 'b', 'c']
      .map((iam_id) => keyRow(account.id, { iam_id, identity_kind: iam_id === 'c' ? 'user' : 'service-id' }))
      .toSorted((a, b) => (`${a.iam_id}${a.id}` < `${b.iam_id}${b.id}` ? -1 : 1));
    for (const row of shuffled(rows)) await write(apiKeys.insertApiKey, row);
    const of = { accountId: account.id, iamId: undefined, kind: undefined };
    const list = (page: Partial<EntityPage>, kind?: 'service-id'): Promise<ApiKeyRow[]> =>
      read(apiKeys.listApiKeys, { of: { ...of, kind }, now: AT, page: { ...WHOLE, ...page } });
    assert.deepEqual(await list({}), rows);
    const [first] = rows;
    const after = { value: first?.iam_id ?? '', id: first?.id ?? '' };
    assert.deepEqual(await list({ after, limit: 2 }), rows.slice(1, 3));
    assert.deepEqual(await list({}, 'service-id'), rows.slice(0, 3));
    const key = rows[3] ?? keyRow(account.id);
    await write(apiKeys.noteApiKeyUse, key.id, AT + 3, 2);
    await write(apiKeys.updateApiKey, { ...key, name: 'renamed', expires_at: -7, locked: 1 });
    assert.deepEqual(await read(apiKeys.findApiKey, key.id), {
      ...key,
      name: 'renamed',
      expires_at: -7,
      locked: 1,
      last_authn_at: AT + 3,
      authn_count: 2,
    });
    assert.deepEqual(await read(apiKeys.apiKeysExpiredBefore, -6, 10), [key.id]);
    assert.deepEqual(await read(apiKeys.apiKeysExpiredBefore, -7, 10), []);
  });

  test('sessions of an identity and of a key; one ends with its refresh tokens', async () => {
    const account = accountRow();
    await write(accounts.insertAccount, account);
    const key = keyRow(account.id);
    const [late, early] = [
      { ...sessionRow(account.id, key.id), created_at: AT + 1 },
      sessionRow(account.id, key.id),
    ];
    for (const row of [late, early]) await write(sessions.insertSession, row);
    const token = { ...refreshTokenRow(account.id), session_id: early.id };
    await write(sessions.insertRefreshToken, token);
    const identity = { accountId: account.id, iamId: early.iam_id };
    const asked = { ...identity, after: undefined, limit: 10 };
    assert.deepEqual(await read(sessions.sessionsOfIdentity, asked), [late, early]);
    assert.deepEqual(await read(sessions.sessionsOfIdentity, { ...asked, after: late }), [early]);
    assert.deepEqual(await read(sessions.sessionsBehind, { ...identity, keep: 1, limit: 10 }), [early.id]);
    const tokens = { ...identity, iamId: token.iam_id, limit: 10 };
    assert.deepEqual(await read(sessions.refreshTokensBehind, { ...tokens, keep: 0 }), [token.id]);
    assert.deepEqual(await read(sessions.refreshTokensBehind, { ...tokens, keep: 1 }), []);
    await write(sessions.deleteSession, early.id);
    assert.deepEqual(await read(sessions.sessionsOfIdentity, asked), [late]);
    assert.equal(await read(sessions.findRefreshToken, token.token_hash), undefined);
  });
};
