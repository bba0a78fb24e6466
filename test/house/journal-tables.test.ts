/**
 * Rights that end are noted by triggers, in the tables that a list names. So that none can be forgotten, every table stands in
 * that list or in the list of those that need no journal, and every column of a table in the list is classified.
 */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import { columnsOf, JOURNAL_TABLES, NOT_IN_JOURNAL } from '../../src/backup/journal/tables.ts';
import type { Engine } from '../../src/database/engine.ts';
import { migrate } from '../../src/database/migrate.ts';
import { PostgresColumns } from '../../src/database/postgres-columns.ts';
import type { Schema } from '../../src/database/schema.ts';
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts';
import { newDatabase, serverForTests, skip } from '../database/postgres-server.ts';

/** Every table but the engine's own, and its columns. */
const COLUMNS = {
  sqlite: sql<{ table: string; name: string }>`
    select m.name as "table", c.name as name from sqlite_master m, pragma_table_info(m.name) c
    where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like 'kysely_%'`,
  postgres: sql<{ table: string; name: string }>`
    select table_name as "table", column_name as name from information_schema.columns
    where table_schema = current_schema() and table_name not like 'kysely_%' and table_name <> 'changes'`,
};

const TRIGGERS = {
  sqlite: sql<{ table: string; name: string; text: string }>`
    select tbl_name as "table", name, sql as text from sqlite_master where type = 'trigger'`,
  postgres: sql<{ table: string; name: string; text: string }>`
    select c.relname as "table", t.tgname as name, pg_get_triggerdef(t.oid) as text
    from pg_trigger t join pg_class c on c.oid = t.tgrelid where not t.tgisinternal`,
};

const tablesOn = (
  engine: Engine,
  connect: () => Promise<Kysely<Schema>>,
  options: { skip?: string | false } = {},
): void => {
  suite(`the journal's tables on ${engine}`, options, () => {
    test('every table of the schema is in the journal’s list, or in the list of those that need none', async () => {
      await using db = await connect();
      await migrate(db, engine);
      const { rows } = await COLUMNS[engine].execute(db);
      const tables = [...new Set(rows.map(({ table }) => table))].sort();
      assert.deepEqual(tables, [...Object.keys(JOURNAL_TABLES), ...Object.keys(NOT_IN_JOURNAL)].sort());
    });

    test('every column of a table in the list carries a right, goes along with one, or is named as free of rights', async () => {
      await using db = await connect();
      await migrate(db, engine);
      const { rows } = await COLUMNS[engine].execute(db);
      for (const [table, known] of Object.entries(JOURNAL_TABLES)) {
        const columns = rows.filter((each) => each.table === table).map(({ name }) => name);
        assert.deepEqual(columns.sort(), [...columnsOf(known), ...(known.free ?? [])].sort(), table);
      }
    });

    test('the database has the triggers that the list asks for, on these columns and no others', async () => {
      await using db = await connect();
      await migrate(db, engine);
      const { rows } = await TRIGGERS[engine].execute(db);
      const found = new Map(rows.map(({ name, text }) => [name, text]));
      const wanted = Object.entries(JOURNAL_TABLES).flatMap(([table, { rights, notes }]) => [
        ...(notes.removed ? [`journal_${table}_removed`] : []),
        ...(notes.added ? [`journal_${table}_added`] : []),
        ...(rights.length > 0 ? [`journal_${table}_changed`] : []),
      ]);
      assert.deepEqual([...found.keys()].filter((name) => name.startsWith('journal_')).sort(), wanted.sort());
      for (const [table, { rights, key }] of Object.entries(JOURNAL_TABLES)) {
        for (const [name, text] of found)
          if (name.startsWith(`journal_${table}_`))
            for (const column of key) assert.ok(text.includes(column));
        const changed = found.get(`journal_${table}_changed`)?.replaceAll('"', '') ?? '';
        const named = /update of ([\s\S]*?) on /i.exec(changed)?.[1]?.split(',') ?? [];
        assert.deepEqual(named.map((column) => column.trim()).sort(), [...rights].sort(), table);
        for (const column of rights) assert.match(changed, new RegExp(`\\bold\\.${column}\\b`, 'i'), table);
      }
    });
  });
};

const server = serverForTests();

tablesOn('sqlite', async () => new Kysely({ dialect: sqliteDialect(new DatabaseSync(':memory:')) }));
tablesOn(
  'postgres',
  async () => {
    const pool = new Pool({ connectionString: await newDatabase(server()) });
    return new Kysely({ dialect: new PostgresDialect({ pool }), plugins: [new PostgresColumns()] });
  },
  { skip },
);
