import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import { insertAccessGroup, insertGroupMember } from '../../src/access/access-groups/rows.ts';
import { Access } from '../../src/access/decision/access.ts';
import { insertPolicy } from '../../src/access/policies/rows.ts';
import type { Database } from '../../src/database/database.ts';
import { migrate } from '../../src/database/migrate.ts';
import type { Schema } from '../../src/database/schema.ts';
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts';
import { transaction } from '../../src/database/transaction.ts';
import { insertAccount } from '../../src/identity/accounts/rows.ts';
import type { Principal } from '../../src/principal.ts';
import { accountRow } from '../database/database-rows.ts';
import { accessGroupRow, groupMemberRow, policyRow } from '../database/iam-rows.ts';
import { MovableClock } from '../support/clock.ts';
import { onNamespace, v2Policy } from './policy-documents.ts';

test('the first decision about an identity makes two queries, and the next ones make none', async () => {
  const asked: string[] = [];
  const db = new Kysely<Schema>({
    dialect: sqliteDialect(new DatabaseSync(':memory:')),
    log: ({ query }) => void asked.push(query.sql),
  });
  await migrate(db, 'sqlite');
  const account = accountRow();
  const tx = transaction(db, []);
  await insertAccount(tx, account);
  const subjects = ['iam-ServiceId-1', 'iam-ServiceId-2'];
  const groups = [accessGroupRow(account.id), accessGroupRow(account.id)];
  for (const group of groups) {
    await insertAccessGroup(tx, group);
    for (const iamId of subjects) await insertGroupMember(tx, groupMemberRow(group, iamId));
  }
  for (const subject of [...subjects, ...groups.map(({ id }) => id)]) {
    const document = JSON.stringify(v2Policy(subject, 'Reader', account.id, onNamespace(`of-${subject}`)));
    await insertPolicy(tx, policyRow(account.id, { subject, document }));
  }
  // what a decision uses of the engine: reads, and caches that nothing empties here
  const engine: Pick<Database, 'db' | 'onChange' | 'alone' | 'fresh'> = {
    db,
    onChange: () => {},
    alone: true,
    fresh: () => true,
  };
  const access = new Access(engine as Database, new MovableClock());
  const pull = async (iamId: string, namespace: string): Promise<boolean> => {
    const principal: Principal = { kind: 'service-id', iamId, accountId: account.id };
    const resource = { accountId: account.id, namespace };
    return (await access.decide(principal, 'container-registry.image.pull', resource)).allowed;
  };
  const [one = '', two = ''] = subjects;
  // also reads what the account gives everyone, once for all its identities
  assert.equal(await pull(one, `of-${one}`), true);
  asked.length = 0;
  assert.equal(await pull(two, `of-${two}`), true);
  assert.equal(asked.length, 2, asked.join('\n'));
  for (const group of groups) assert.equal(await pull(two, `of-${group.id}`), true);
  assert.equal(await pull(two, `of-${one}`), false);
  assert.equal(asked.length, 2, asked.join('\n'));
  await db.destroy();
});
