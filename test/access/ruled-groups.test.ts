/** What rules of access groups cost, on whatever they are about: docs/decisions/0078-what-a-provider-says.md. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import { insertAccessGroup, insertGroupRule } from '../../src/access/access-groups/rows.ts';
import type { People, Standing } from '../../src/access/decision/people.ts';
import { RuledGroups } from '../../src/access/decision/ruled-groups.ts';
import type { Change, Database } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import type { Schema } from '../../src/database/schema.ts';
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts';
import { transaction } from '../../src/database/transaction.ts';
import { insertAccount } from '../../src/identity/accounts/rows.ts';
import { accountRow } from '../database/database-rows.ts';
import { accessGroupRow, groupRuleRow } from '../database/iam-rows.ts';
import { MovableClock } from '../support/clock.ts';
import { turnsDuring } from './turns-during.ts';

const ANN = 'IBMid-ann';
const REALM = 'https://idp.example.com';
const has = (group: string) => ({ claim: 'groups', operator: 'CONTAINS', value: group });
const ALL = Array.from({ length: 50 }, (_, index) => `g${index}`);

/** One account with rules, and Ann, who is in the groups g0 to g49 of her provider. */
const lab = async () => {
  const db = new Kysely<Schema>({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
  await migrate(db, 'sqlite');
  const [account, tx] = [accountRow(), transaction(db, [])];
  await insertAccount(tx, account);
  const group = accessGroupRow(account.id);
  await insertAccessGroup(tx, group);
  const listeners: ((changes: readonly Change[]) => void)[] = [];
  const engine: Pick<Database, 'db' | 'onChange' | 'alone' | 'fresh'> = {
    db,
    onChange: (listener) => void listeners.push(listener as never),
    alone: true,
    fresh: () => true,
  };
  const clock = new MovableClock();
  let looks = 0;
  const said = (groups: readonly string[]): Standing => ({
    issuer: 'company',
    realmName: REALM,
    claims: new Proxy(
      { groups },
      {
        getOwnPropertyDescriptor: (of, name) => {
          looks++;
          return Reflect.getOwnPropertyDescriptor(of, name);
        },
      },
    ),
    claimsAt: clock.now(),
    claimsFault: undefined,
    fault: undefined,
    until: Number.POSITIVE_INFINITY,
  });
  let standing = said(ALL);
  const people: People = {
    versionOf: async () => standing,
    standings: async () => ({ of: standing, standings: [standing] }),
    page: async (_account, after) => (after === '' ? [{ iamId: ANN, standings: [standing] }] : []),
  };
  const ruled = new RuledGroups(engine as Database, clock, people);
  return {
    /** A rule, of which every cache hears. */
    rule: async (...conditions: readonly object[]): Promise<string> => {
      const document = JSON.stringify({ expiration: 24, realm_name: REALM, conditions });
      const row = { ...groupRuleRow(group.id), document };
      await insertGroupRule(tx, account.id, row);
      for (const listener of listeners) listener([{ kind: 'group-rule', id: account.id }]);
      return row.id;
    },
    says: (groups: readonly string[]): void => {
      standing = said(groups);
    },
    /** The rules that put Ann in a group. */
    rules: async (): Promise<string[]> =>
      (await ruled.of(account.id, ANN)).memberships.map(({ ruleId }) => ruleId),
    members: async (): Promise<string[]> =>
      (await ruled.membersOf(account.id, group.id)).map(({ iamId }) => iamId),
    /** How many conditions were compared with Ann's claims meanwhile. */
    looksDuring: async (work: () => Promise<unknown>): Promise<number> => {
      looks = 0;
      await work();
      return looks;
    },
    [Symbol.asyncDispose]: () => db.destroy(),
  };
};

test('the first condition that claims miss ends a rule', async () => {
  await using on = await lab();
  await on.rule(has('g0'), has('another'), ...ALL.map(has));
  assert.equal(await on.looksDuring(async () => assert.deepEqual(await on.rules(), [])), 2);
  assert.equal(await on.looksDuring(async () => assert.deepEqual(await on.members(), [])), 2);
});

test('rules are compared with claims again only after one of both changed', async () => {
  await using on = await lab();
  const first = await on.rule(...ALL.map(has));
  assert.deepEqual(await on.rules(), [first]);
  assert.equal(await on.looksDuring(on.rules), 0);
  const second = await on.rule(has('g7'));
  assert.deepEqual((await on.rules()).toSorted(), [first, second].toSorted());
  assert.equal(await on.looksDuring(on.rules), 0);
  on.says(['g7']);
  assert.deepEqual(await on.rules(), [second]);
  on.says([]);
  assert.deepEqual(await on.rules(), []);
});

test('very many conditions are looked at in turns, once for all who ask at the same time', async () => {
  await using on = await lab();
  const rules = 300;
  for (let index = 0; index < rules; index++) await on.rule(...ALL.slice(1).map(has), has('another'));
  let turns = 0;
  const looks = await on.looksDuring(async () => {
    turns = await turnsDuring(() => Promise.all([on.rules(), on.rules(), on.rules()]));
  });
  assert.equal(looks, rules * 50);
  assert.ok(turns >= 30, `${turns} turns`);
});
