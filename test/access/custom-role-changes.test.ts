/** A custom role that changes is told to the caches that keep what it gives, and to no other: one account empties none of another. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { NO_PEOPLE } from '../../src/access/decision/people.ts';
import { crnOfCustomRole } from '../../src/access/roles/roles.ts';
import { type AccessRoom, type CustomRole, openAccess } from '../../src/access/room.ts';
import { ANY, type Change } from '../../src/database/database.ts';
import type { AccountRow } from '../../src/database/schema.ts';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { systemActor } from '../../src/principal.ts';
import { accountRow } from '../database/database-rows.ts';
import { insert } from '../database/database-writes.ts';
import { customRoleRow, policyRow } from '../database/iam-rows.ts';
import { MovableClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { onNamespace, v2Policy } from './policy-documents.ts';

const AUTHOR = { actor: systemActor('test'), iamId: 'IBMid-owner' };
const SILENT = { warn() {} };
const [CI, DEPLOY, TEST] = ['iam-ServiceId-1', 'iam-ServiceId-2', 'iam-ServiceId-3'];

let database: SqliteDatabase;
let access: AccessRoom;
let statements: string[];
let told: Change[];
let own: AccountRow;
let other: AccountRow;
let another: AccountRow;

before(async () => {
  statements = [];
  told = [];
  database = await SqliteDatabase.open(
    join(temporaryFolder().path, 'tidegate.db'),
    new URL('../database/database-writes.ts', import.meta.url).href,
    { onRead: ({ text }) => void statements.push(text) },
  );
  database.onChange((changes) => void told.push(...changes));
  access = openAccess({ database, clock: new MovableClock(), log: SILENT, people: NO_PEOPLE });
  [own, other, another] = [accountRow(), accountRow(), accountRow()];
  await database.write(insert, { accounts: [own, other, another] });
});

after(async () => {
  await access[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** A custom role that pulls, and the service ID ci that has it on the namespace birds. */
const given = async ({ id: accountId }: AccountRow, subject: string): Promise<CustomRole> => {
  const row = customRoleRow(accountId);
  const crn = crnOfCustomRole(accountId, row.name);
  const document = JSON.stringify(v2Policy(subject, crn, accountId, onNamespace('birds')));
  await database.write(insert, {
    custom_roles: [{ ...row, actions: JSON.stringify(['container-registry.image.pull']) }],
    policies: [policyRow(accountId, { subject, document })],
  });
  const role = await access.customRoles.find(row.id);
  assert.ok(role);
  return role;
};

const mayPull = async ({ id: accountId }: AccountRow, iamId: string): Promise<boolean> => {
  const principal = { kind: 'service-id', iamId, accountId } as const;
  const resource = { accountId, namespace: 'birds' };
  return (await access.access.decide(principal, 'container-registry.image.pull', resource)).allowed;
};

/** Gives a role these actions; what the change feed told of it, and what a decision read afterwards. */
const changing = async (role: CustomRole, actions: readonly string[], decide: () => Promise<boolean>) => {
  const { displayName, description } = role;
  told.length = 0;
  await access.customRoles.replace(role, { displayName, description, actions }, '*', AUTHOR);
  statements.length = 0;
  return { may: await decide(), read: statements.length, told: [...told] };
};

test('a custom role that changes counts at once for those who have it, and makes no one else’s policies be read again', async () => {
  const mine = await given(own, CI);
  const theirs = await given(other, DEPLOY);
  assert.equal(await mayPull(own, CI), true);
  assert.equal(await mayPull(other, DEPLOY), true);
  const foreign = await changing(theirs, ['container-registry.image.list'], () => mayPull(own, CI));
  assert.deepEqual([foreign.may, foreign.read], [true, 0]);
  assert.equal(await mayPull(other, DEPLOY), false, 'what it gave is taken away');
  const changed = await changing(mine, ['container-registry.image.list'], () => mayPull(own, CI));
  assert.equal(changed.may, false);
  assert.deepEqual(
    changed.told.filter(({ kind }) => kind === 'policy'),
    [{ kind: 'policy', id: `${own.id}/${CI}` }],
  );
  assert.ok(!changed.told.some(({ id }) => id === ANY));
});

test('a custom role that is sent as it is already changes nothing, and keeps its version', async () => {
  const role = await given(another, TEST);
  assert.equal(await mayPull(another, TEST), true);
  const { may, told: changes } = await changing(role, role.actions, () => mayPull(another, TEST));
  assert.equal(may, true);
  assert.deepEqual(changes, []);
  assert.equal((await access.customRoles.find(role.id))?.entityTag, role.entityTag);
  await assert.rejects(access.customRoles.replace(role, role, '9-0', AUTHOR), { code: 'ENTITY_CHANGED' });
});
