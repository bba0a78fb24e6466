import { existsSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import { CONTRACTIONS } from './contractions.ts';
import type { Db, Write } from './database.ts';
import type { Engine } from './engine.ts';
import { MIGRATIONS, type Migrations, migrate } from './migrate.ts';
import type { RowsPlace } from './pinned-reads.ts';
import { PostgresColumns } from './postgres-columns.ts';
import { poolOf } from './postgres-pool.ts';
import { postgresSettings } from './postgres-settings.ts';
import { runWrite } from './postgres-transaction.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { beginCopy, findProgress, type Progress } from './table-copy.ts';
import { transaction } from './transaction.ts';

/** A database that is being filled beside any server: no server starts on it, since it says that it is unfinished. */
export interface Filling extends AsyncDisposable {
  readonly db: Db;
  readonly engine: Engine;
  /** How far an earlier run came; just begun otherwise. */
  readonly progress: Progress;
  /** Runs a write. Only the last one, and what `settle` follows, is on the disk when it returns. */
  write<Input, Output>(write: Write<Input, Output>, input: Input): Promise<Output>;
  /** Brings the schema to this program's version. */
  migrateUp(): Promise<void>;
  /** Makes all that was written durable. */
  settle(): Promise<void>;
}

/** What this program cannot know because a later version made it; empty where it knows all of these steps. */
export const unknownMigrations = (names: readonly string[]): string[] =>
  names.filter((name) => !(name in MIGRATIONS) && !CONTRACTIONS.includes(name));

/** Exactly these steps. A contraction has no step of its own: its row says that it was done. */
const only = (names: readonly string[]): Migrations =>
  Object.fromEntries(names.map((name) => [name, MIGRATIONS[name] ?? (async () => {})]));

/**
 * Opens an empty place with the schema that these migrations make, and notes in it that it is unfinished; or one that an
 * earlier run left unfinished. What the place holds was judged before.
 */
export const openFilling = (
  place: RowsPlace,
  migrations: readonly string[],
  begun: Progress,
): Promise<Filling> =>
  place.engine === 'sqlite'
    ? openSqlite(place.file, migrations, begun)
    : openPostgres(place.url, migrations, begun);

const openSqlite = async (file: string, migrations: readonly string[], begun: Progress): Promise<Filling> => {
  if (!existsSync(file)) await createSqlite(file, migrations, begun);
  const connection = new DatabaseSync(file);
  const db = new Kysely<Schema>({ dialect: sqliteDialect(connection) });
  let last: Promise<unknown> = Promise.resolve();
  // a commit need not wait for the disk: `settle` does, before anything depends on it
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
  return {
    db,
    engine: 'sqlite',
    progress: (await findProgress(db)) ?? begun,
    // one after the other, though several are asked for at once
    write: (write, input) => {
      const turn = last.then(() => runSqlite(connection, db, write, input));
      last = turn.catch(() => undefined);
      return turn;
    },
    migrateUp: async () => void (await migrate(db, 'sqlite')),
    settle: async () => {
      connection.exec('PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE)');
      await syncPath(file);
    },
    [Symbol.asyncDispose]: () => db.destroy(),
  };
};

/** Under another name first: where there is a database file, it says that it is unfinished. */
const createSqlite = async (file: string, migrations: readonly string[], begun: Progress): Promise<void> => {
  const made = `${file}.restoring`;
  for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(`${made}${ending}`, { force: true });
  const connection = new DatabaseSync(made);
  const db = new Kysely<Schema>({ dialect: sqliteDialect(connection) });
  try {
    await migrate(db, 'sqlite', only(migrations), []);
    await runSqlite(connection, db, beginCopy, begun);
  } finally {
    await db.destroy();
  }
  await syncPath(made);
  await rename(made, file);
  await syncPath(dirname(file));
};

const runSqlite = async <Input, Output>(
  connection: DatabaseSync,
  db: Kysely<Schema>,
  write: Write<Input, Output>,
  input: Input,
): Promise<Output> => {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const output = await write.run(transaction(db, []), input);
    connection.exec('COMMIT');
    return output;
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
};

const syncPath = async (path: string): Promise<void> => {
  await using handle = await open(path, 'r');
  await handle.sync();
};

const openPostgres = async (
  url: string,
  migrations: readonly string[],
  begun: Progress,
): Promise<Filling> => {
  const settings = postgresSettings(url);
  // one connection for as long as it takes: it holds the lock
  const pool = poolOf({ ...settings.migrations, idleTimeoutMillis: 0, application_name: 'tidegate restore' });
  const dialect = new PostgresDialect({ pool });
  const db = new Kysely<Schema>({ dialect });
  const stepping = new Kysely<Schema>({ dialect, plugins: [new PostgresColumns()] });
  const patience = { retryMs: 30_000, signal: new AbortController().signal };
  const run = async <Input, Output>(write: Write<Input, Output>, input: Input): Promise<Output> =>
    (await runWrite(pool, write, input, patience)).output;
  try {
    await refuseSecond(pool);
    let progress = await findProgress(db).catch(() => undefined);
    if (progress === undefined) {
      await migrate(stepping, 'postgres', only(migrations), []);
      await run(beginCopy, begun);
      progress = begun;
    }
    return {
      db,
      engine: 'postgres',
      progress,
      write: run,
      migrateUp: async () => void (await migrate(stepping, 'postgres')),
      settle: async () => {},
      [Symbol.asyncDispose]: () => db.destroy(),
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
};

/** Any number that nothing else locks. */
const LOCK = 7_301_455_902;

/** The server frees the lock of a run that was killed when it notices that its connection is gone: not at once. */
const LOCK_TRIES = 50;
const LOCK_PAUSE_MS = 200;

const refuseSecond = async (pool: Pool): Promise<void> => {
  for (let left = LOCK_TRIES; left > 0; left--) {
    const { rows } = await pool.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
      LOCK,
    ]);
    if (rows[0]?.locked) return;
    await sleep(LOCK_PAUSE_MS);
  }
  throw new Error('another restore into this database is running; wait for its end');
};

/** What a place has that rows could be put into: nothing, a part of an earlier run, or something else. */
export type Vacancy =
  | { readonly kind: 'empty' }
  | { readonly kind: 'unfinished'; readonly progress: Progress }
  | { readonly kind: 'taken'; readonly by: string };

/** Only reads. */
export const judgeVacancy = async (place: RowsPlace): Promise<Vacancy> =>
  place.engine === 'sqlite' ? judgeSqlite(place.file) : judgePostgres(place.url);

const judgeSqlite = async (file: string): Promise<Vacancy> => {
  if (!existsSync(file)) return { kind: 'empty' };
  const db = new Kysely<Schema>({ dialect: sqliteDialect(new DatabaseSync(file, { readOnly: true })) });
  try {
    const progress = await findProgress(db).catch(() => undefined);
    return progress ? { kind: 'unfinished', progress } : { kind: 'taken', by: `the database ${file}` };
  } finally {
    await db.destroy();
  }
};

const judgePostgres = async (url: string): Promise<Vacancy> => {
  const { migrations } = postgresSettings(url);
  const pool = poolOf({ ...migrations, application_name: 'tidegate restore' });
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  try {
    const { rows } = await pool.query<{ name: string }>(
      'select table_name as name from information_schema.tables where table_schema = current_schema()',
    );
    const tables = new Set(rows.map(({ name }) => name));
    if (tables.size === 0) return { kind: 'empty' };
    if (!tables.has('installation') || !tables.has('kysely_migration'))
      return {
        kind: 'taken',
        by: `tables of another program (${[...tables].sort().slice(0, 3).join(', ')})`,
      };
    const progress = await findProgress(db);
    if (progress) return { kind: 'unfinished', progress };
    // a run that was killed between its schema and its note; a server would have left facts and an account
    const facts = await db.selectFrom('installation').select('name').limit(1).execute();
    const accounts = await db.selectFrom('accounts').select('id').limit(1).execute();
    const isBare = facts.length === 0 && accounts.length === 0;
    return isBare ? { kind: 'empty' } : { kind: 'taken', by: 'an installation' };
  } catch (cause) {
    const { host, pathname } = new URL(url);
    throw new Error(
      `the database ${pathname.slice(1)} at ${host} cannot be read: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  } finally {
    await db.destroy();
  }
};
