import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import { MIGRATIONS, type Migrations, migrate } from '../../src/database/migrate.ts';
import { PostgresColumns } from '../../src/database/postgres-columns.ts';
import type { Schema } from '../../src/database/schema.ts';
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts';
import { newDatabase, serverForTests, skip } from './postgres-server.ts';

const names = Object.keys(MIGRATIONS);
const nothing = async (): Promise<void> => undefined;

const expanded: Migrations = {
  ...MIGRATIONS,
  async '9001-later'(db) {
    await db.schema.createTable('later').addColumn('id', 'text').execute();
  },
};
const contracted: Migrations = { ...expanded, '9002-contract-9001-later': nothing };

const migrationsOn = (
  engine: 'sqlite' | 'postgres',
  connect: () => Promise<Kysely<Schema>>,
  options: { skip?: string | false } = {},
): void => {
  suite(`migrations on ${engine}`, options, () => {
    test('every step is done once', async () => {
      await using db = await connect();
      assert.deepEqual(await migrate(db, engine), names);
      assert.deepEqual(await migrate(db, engine), []);
      assert.deepEqual(await migrate(db, engine, expanded), ['9001-later']);
      assert.deepEqual(await db.selectFrom('regions').selectAll().execute(), []);
    });

    test('a step that fails leaves nothing of itself, nor of those before it', async () => {
      await using db = await connect();
      const failing: Migrations = {
        ...expanded,
        async '9002-fails'(db) {
          await db.schema.createTable('half').addColumn('id', 'text').execute();
          throw new Error('a mistake of ours');
        },
      };
      await assert.rejects(migrate(db, engine, failing), /could not be brought up to date/);
      await assert.rejects(sql`select 1 from half`.execute(db));
      await assert.rejects(sql`select 1 from regions`.execute(db));
      assert.deepEqual(await migrate(db, engine, expanded), [...names, '9001-later']);
    });

    test('an older program starts on a schema that was only expanded', async () => {
      await using db = await connect();
      await migrate(db, engine, expanded);
      assert.deepEqual(await migrate(db, engine), []);
    });

    test('a program starts on a schema that was contracted when it knows the step that is completed', async () => {
      await using db = await connect();
      await migrate(db, engine, contracted);
      assert.deepEqual(await migrate(db, engine, expanded), []);
      await assert.rejects(
        migrate(db, engine),
        /newer version of this program \(schema 9002-contract-9001-later\); start that version/,
      );
    });

    test('a program whose steps are not all in a newer schema does not start on it', async () => {
      await using db = await connect();
      await migrate(db, engine, expanded);
      await assert.rejects(migrate(db, engine, { ...MIGRATIONS, '9000-other': nothing }));
    });
  });
};

const server = serverForTests();

migrationsOn('sqlite', async () => new Kysely({ dialect: sqliteDialect(new DatabaseSync(':memory:')) }));
migrationsOn(
  'postgres',
  async () => {
    const pool = new Pool({ connectionString: await newDatabase(server()) });
    return new Kysely({ dialect: new PostgresDialect({ pool }), plugins: [new PostgresColumns()] });
  },
  { skip },
);
