import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { Kysely } from 'kysely';
import { migrate } from '../../src/database/migrate.ts';
import type { Schema } from '../../src/database/schema.ts';
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts';
import { LARGE_TABLE_QUERIES } from './large-table-queries.ts';
import { fillSqliteTables } from './large-tables.ts';

/** Milliseconds of CPU time: so long the thread that asks does nothing else. A wrong index takes some hundred. */
const LONGEST = 20;
/** The fastest counts: the first prepares the statement and reads its pages, and the clock may be a tick of 4 ms behind. */
const TIMES = 5;

/** Milliseconds of CPU time that this thread has taken. */
const cpuNow = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

suite('on SQLite with 10^5 rows in every table', () => {
  const database = new DatabaseSync(':memory:');
  let longest = 0;
  let text = '';
  const dialect = sqliteDialect(database, () => undefined);
  const db = new Kysely<Schema>({
    dialect,
    log: ({ query }) => {
      text = query.sql;
    },
  });

  before(async () => {
    await migrate(db, 'sqlite');
    fillSqliteTables(database);
  });
  after(() => db.destroy());

  for (const [what, ask] of Object.entries(LARGE_TABLE_QUERIES))
    test(`${what}: takes at most ${LONGEST} ms`, async () => {
      let fastest = Number.POSITIVE_INFINITY;
      for (let time = 0; time < TIMES && fastest > LONGEST / 4; time++) {
        database.exec('savepoint asked');
        const began = cpuNow();
        await ask(db);
        fastest = Math.min(fastest, cpuNow() - began);
        database.exec('rollback to asked; release asked');
      }
      longest = Math.max(longest, fastest);
      assert.ok(fastest <= LONGEST, `${fastest} ms, at the end ${text}`);
    });

  test('the longest', (t) => t.diagnostic(`${longest} ms`));
});
