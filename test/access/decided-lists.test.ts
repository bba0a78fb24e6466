import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import type { Resource } from '../../src/access/actions/actions.ts';
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
import { policyRow } from '../database/iam-rows.ts';
import { MovableClock } from '../support/clock.ts';
import { v2Policy } from './policy-documents.ts';
import { turnsDuring } from './turns-during.ts';

const CI = 'iam-ServiceId-1';
const LONG = `birds/${'a'.repeat(245)}`;

/** Decides over policies with 17 patterns each on repositories of birds, as an attacker makes them. */
const attacked = async (policies: number) => {
  const db = new Kysely<Schema>({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
  await migrate(db, 'sqlite');
  const [account, tx] = [accountRow(), transaction(db, [])];
  await insertAccount(tx, account);
  for (let index = 0; index < policies; index++) {
    const policy = v2Policy(CI, 'Reader', account.id);
    for (let each = 0; each < 17; each++)
      policy.resource.attributes.push({
        key: 'repository',
        operator: 'stringMatch',
        value: each < 16 ? `${'*a'.repeat(120)}*` : `${'*a'.repeat(120)}*z`,
      });
    await insertPolicy(tx, policyRow(account.id, { subject: CI, document: JSON.stringify(policy) }));
  }
  const engine: Pick<Database, 'db' | 'onChange' | 'alone' | 'fresh'> = {
    db,
    onChange: () => {},
    alone: true,
    fresh: () => true,
  };
  const access = new Access(engine as Database, new MovableClock());
  const principal: Principal = { kind: 'service-id', iamId: CI, accountId: account.id };
  const on = (repository: string): Resource => ({ accountId: account.id, namespace: 'birds', repository });
  return { access, principal, on, [Symbol.asyncDispose]: () => db.destroy() };
};

test('a list is decided in turns: the event loop comes round many times while it is', async () => {
  await using lab = await attacked(200);
  const names = Array.from({ length: 2000 }, (_, index) => `${LONG}${String(index).padStart(4, '0')}`);
  const steps = lab.access.listSteps();
  const bounds = { resourceOf: lab.on, most: 2000, steps };
  const turns = await turnsDuring(() =>
    lab.access.allowedOf(lab.principal, 'container-registry.image.pull', names, bounds),
  );
  assert.ok(steps.exhausted, 'the list would take too long and is cut');
  assert.ok(turns >= 20, `${turns} turns`);
});

test('requests that are decided at once give the event loop its turns as well', async () => {
  await using lab = await attacked(200);
  const turns = await turnsDuring(() =>
    Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        lab.access.decide(lab.principal, 'container-registry.image.pull', lab.on(`${LONG}${index}`)),
      ),
    ),
  );
  assert.ok(turns >= 50, `${turns} turns`);
});

test('many policies are read in turns when they are first asked about', async () => {
  await using lab = await attacked(500);
  const turns = await turnsDuring(() =>
    lab.access.decide(lab.principal, 'container-registry.image.pull', lab.on('birds/x')),
  );
  assert.ok(turns >= 10, `${turns} turns`);
});
