import { DatabaseSync } from 'node:sqlite';
import { Kysely, PostgresDialect } from 'kysely';
import type { Db } from './database.ts';
import type { Engine } from './engine.ts';
import { poolOf } from './postgres-pool.ts';
import { postgresSettings } from './postgres-settings.ts';
import type { Schema } from './schema.ts';
import { openSqliteReader } from './sqlite-dialect.ts';

/** Where the rows of an installation are. */
export type RowsPlace =
  | { readonly engine: 'sqlite'; readonly file: string }
  | { readonly engine: 'postgres'; readonly url: string };

/** Reads that all see the database as it was at one instant, on a connection of their own. */
export interface PinnedReads extends AsyncDisposable {
  readonly db: Db;
  readonly engine: Engine;
}

/**
 * Sees every transaction acknowledged before the call and none that commits after it has returned. SQLite cannot begin its
 * log anew while it is open, and PostgreSQL keeps dead rows: the caller must bound the time.
 */
export const pinReads = (place: RowsPlace): Promise<PinnedReads> =>
  place.engine === 'sqlite' ? pinSqlite(place.file) : pinPostgres(place.url);

const pinSqlite = async (file: string): Promise<PinnedReads> => {
  const connection = new DatabaseSync(file, { readOnly: true });
  // the snapshot is taken by the first read, not by BEGIN
  connection.exec('PRAGMA busy_timeout = 5000; BEGIN; SELECT count(*) FROM sqlite_master');
  const db = openSqliteReader(connection);
  return { db, engine: 'sqlite', [Symbol.asyncDispose]: () => db.destroy() };
};

const pinPostgres = async (url: string): Promise<PinnedReads> => {
  await using stack = new AsyncDisposableStack();
  const { migrations } = postgresSettings(url);
  // not the name of a replica: servers count those
  const pool = poolOf({ ...migrations, application_name: 'tidegate backup' });
  const connection = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  stack.defer(() => connection.destroy());
  const db = await connection
    .startTransaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute();
  stack.defer(async () => {
    await db.rollback().execute();
  });
  // the snapshot is taken by the first statement
  await db.selectFrom('installation').select('name').limit(1).execute();
  const resources = stack.move();
  return { db, engine: 'postgres', [Symbol.asyncDispose]: () => resources.disposeAsync() };
};
