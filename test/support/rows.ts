import { DatabaseSync } from 'node:sqlite';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import type { Db } from '../../src/metadata/database.ts';
import { postgresSettings } from '../../src/metadata/postgres-settings.ts';
import type { Schema } from '../../src/metadata/schema.ts';
import { openSqliteReader } from '../../src/metadata/sqlite-dialect.ts';
import { listTables } from '../../src/metadata/tables.ts';

/**
 * The rows of a registry, read and changed beside the running server, on either engine: for what no door shows or makes.
 * Its caches hear nothing of a change. `where` is a SQLite file or the URL of a PostgreSQL database.
 */
export const openRows = (where: string): Db => {
  if (isUrl(where)) {
    const pool = new Pool({ ...postgresSettings(where).writes, max: 1 });
    return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  }
  const database = new DatabaseSync(where);
  database.exec('pragma busy_timeout = 5000');
  return openSqliteReader(database);
};

/** Every row of every table, by the table's name; columns in the order of their names. */
export const allRows = async (where: string): Promise<Record<string, Record<string, unknown>[]>> => {
  await using db = openRows(where);
  const all: Record<string, Record<string, unknown>[]> = {};
  for (const { name, columns, key } of await listTables(db, isUrl(where) ? 'postgres' : 'sqlite')) {
    const [wanted, order] = [columns, key.length > 0 ? key : columns].map((names) =>
      sql.join(names.map((each) => sql.ref(each))),
    );
    const { rows } = await sql<Record<string, unknown>>`
      select ${wanted} from ${sql.table(name)} order by ${order}`.execute(db);
    all[name] = rows;
  }
  return all;
};

const isUrl = (where: string): boolean => where.startsWith('postgres');
