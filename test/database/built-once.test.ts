import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, suite, test } from 'node:test';
import { builtOnce, changeBuiltOnce, listBuiltOnce, rowsBuiltOnce } from '../../src/database/built-once.ts';
import type { Changing } from '../../src/database/database.ts';
import type { InstallationRow } from '../../src/database/schema.ts';
import { openSqliteReader } from '../../src/database/sqlite-dialect.ts';

suite('queries that are built once', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('create table installation (name text primary key, value text not null)');
  const db = openSqliteReader(database);
  const tables: Changing<'installation'> = db as never;
  after(() => db.destroy());

  const putAll = rowsBuiltOnce(
    ['name', 'value'],
    (into: Changing<'installation'>, rows: readonly InstallationRow[]) =>
      into.insertInto('installation').values(rows),
  );
  const names = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);

  test('values go to their names, however often and in which order the text has them', async () => {
    let times = 0;
    const find = builtOnce(['value', 'name'], (from, { name, value }: { name: string; value: string }) => {
      times++;
      return from
        .selectFrom('installation')
        .select('name')
        .where('name', '=', name)
        .where('value', '=', value)
        .where('name', '<>', value);
    });
    await putAll(db, tables, [
      { name: 'a', value: 'b' },
      { name: 'c', value: 'd' },
    ]);
    const found = async (name: string, value: string): Promise<string[]> =>
      (await find(db, { name, value })).map((row) => row.name);
    assert.deepEqual(await found('a', 'b'), ['a']);
    assert.deepEqual(await found('c', 'd'), ['c']);
    assert.deepEqual(await found('a', 'd'), []);
    assert.equal(times, 1);
  });

  test('a value that has no name is refused, since every later call would have it too', async () => {
    const find = builtOnce(['name'], (from, { name }: { name: string }) =>
      from.selectFrom('installation').select('name').where('name', '=', name).where('value', '=', 'fixed'),
    );
    await assert.rejects(find(db, { name: 'a' }), /built once has a parameter without a name: select "name"/);
  });

  test('any number of rows is written, and any number of names is looked for', async () => {
    const listed = listBuiltOnce(['value'], (from, some, { value }: { value: string }) =>
      from.selectFrom('installation').select('name').where('name', 'in', some).where('value', '=', value),
    );
    for (const count of [1, 2, 16, 17, 100, 2]) {
      const some = names(`${count}-${Math.random()}-`, count);
      await putAll(
        db,
        tables,
        some.map((name) => ({ name, value: `v${count}` })),
      );
      const found = await listed(db, [...some, 'none'], { value: `v${count}` });
      assert.deepEqual(new Set(found.map(({ name }) => name)), new Set(some));
      assert.deepEqual(await listed(db, some, { value: 'other' }), []);
    }
  });

  test('a change answers how many rows it changed', async () => {
    const change = changeBuiltOnce(
      ['name', 'value'],
      (into: Changing<'installation'>, { name, value }: InstallationRow) =>
        into.updateTable('installation').set({ value }).where('name', '=', name),
    );
    await putAll(db, tables, [{ name: 'changed', value: 'before' }]);
    assert.equal(await change(db, tables, { name: 'changed', value: 'after' }), 1);
    assert.equal(await change(db, tables, { name: 'absent', value: 'after' }), 0);
  });
});
