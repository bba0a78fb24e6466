import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { Kysely } from 'kysely';
import type { Schema } from '../../src/database/schema.ts';
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts';
import { rowsInTurns } from '../../src/database/windows.ts';
import { StatementGuard } from '../support/statement-guard.ts';

const statement = (text: string, parameters: readonly unknown[], rows = 0) => ({
  ...{ text, parameters, rows },
  ms: undefined,
});

suite('the guard of a registry under test', () => {
  for (const [what, found] of [
    ['a statement that read 202 rows', statement('select 1', [], 202)],
    [
      'a limit of 202, however few rows there are',
      statement('select a from b where c = ? limit ?', [1, 202]),
    ],
    ['such a limit before an offset', statement('select a from b limit ? offset ?', [202, 1])],
    ['such a limit on PostgreSQL', statement('select a from b where c = $2 limit $1', [202, 'x'])],
  ] as const)
    test(`fails the test for ${what}`, () => {
      const guard = new StatementGuard();
      guard.note(found);
      assert.throws(() => guard.end(), /too many rows at once .*\n.*select/);
    });

  test('lets a page of 200 and one row more pass, and counts up to a bound inside of a statement', () => {
    const guard = new StatementGuard();
    guard.note(statement('select a from b where c = ? limit ?', [1, 201], 201));
    guard.note(statement('select count(*) from (select 1 from b limit ?) where c = ?', [1000, 5000], 1));
    guard.end();
  });

  test('is told of what the main thread reads from SQLite, and how long that took', async () => {
    const seen: { text: string; rows: number; ms: number | undefined }[] = [];
    const file = new DatabaseSync(':memory:');
    const db = new Kysely<Schema>({ dialect: sqliteDialect(file, (each) => void seen.push(each)) });
    file.exec("create table tags (name text); insert into tags values ('a'), ('b')");
    await db.selectFrom('tags').select('name').limit(5).execute();
    await db.destroy();
    assert.deepEqual(
      seen.map(({ text, rows }) => ({ text, rows })),
      [{ text: 'select "name" from "tags" limit ?', rows: 2 }],
    );
    assert.ok((seen[0]?.ms ?? -1) >= 0);
  });
});

suite('rows that are asked for beyond a page', () => {
  const numbers = Array.from({ length: 450 }, (_, n) => n);
  const reader = (asked: number[]) => async (after: number | undefined, limit: number) => {
    asked.push(limit);
    return numbers.filter((each) => each > (after ?? -1)).slice(0, limit);
  };

  test('are read a page at a time, with a turn of the event loop between two statements', async () => {
    const asked: number[] = [];
    let turns = 0;
    const turn = (): void => {
      turns++;
      if (turns < 100) setImmediate(turn);
    };
    setImmediate(turn);
    assert.deepEqual(await rowsInTurns(430, reader(asked)), numbers.slice(0, 430));
    assert.deepEqual(asked, [201, 201, 28]);
    assert.ok(turns >= 2);
    turns = 100;
  });

  test('end where there are no more; none are read where none are wanted', async () => {
    const asked: number[] = [];
    assert.deepEqual(await rowsInTurns(1001, reader(asked)), numbers);
    assert.deepEqual(await rowsInTurns(0, reader(asked)), []);
    assert.deepEqual(asked, [201, 201, 201]);
  });
});
