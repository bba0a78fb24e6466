import { DatabaseSync } from 'node:sqlite';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool } from 'pg';
import type { Connection } from '../../src/database/database.ts';
import { postgresSettings } from '../../src/database/postgres-settings.ts';
import type { Schema } from '../../src/database/schema.ts';
import { openSqliteReader } from '../../src/database/sqlite-dialect.ts';
import { listTables, type Table } from '../../src/database/tables.ts';

/**
 * The rows of a registry, read and changed beside the running server, on either engine: for what no door shows or makes.
 * Its caches hear nothing of a change. `where` is a SQLite file or the URL of a PostgreSQL database.
 */
export const openRows = (where: string): Connection => {
  if (isUrl(where)) {
    const pool = new Pool({ ...postgresSettings(where).writes, max: 1 });
    return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  }
  const database = new DatabaseSync(where);
  database.exec('pragma busy_timeout = 5000');
  return openSqliteReader(database);
};

/** All a registry knows, read beside it. */
export class AllRows implements AsyncDisposable {
  readonly #db: Connection;
  readonly #tables: readonly Table[];

  private constructor(db: Connection, tables: readonly Table[]) {
    this.#db = db;
    this.#tables = tables;
  }

  static async open(where: string): Promise<AllRows> {
    const db = openRows(where);
    return new AllRows(db, await listTables(db, isUrl(where) ? 'postgres' : 'sqlite'));
  }

  /** Every row of every table, by the table's name. */
  async read(): Promise<Record<string, Record<string, unknown>[]>> {
    const all: Record<string, Record<string, unknown>[]> = {};
    for (const { name, columns, key } of this.#tables) {
      const order = key.length > 0 ? key : columns;
      const { rows } = await sql<Record<string, unknown>>`
        select ${named(columns)} from ${sql.table(name)} order by ${named(order)}`.execute(this.#db);
      all[name] = rows;
    }
    return all;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#db.destroy();
  }
}

const named = (columns: readonly string[]) => sql.join(columns.map((column) => sql.ref(column)));

const isUrl = (where: string): boolean => where.startsWith('postgres');
