import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { Kysely } from 'kysely';
import { RegistryError } from '../errors.ts';
import { startThread } from '../release.ts';
import type { Change, Connection, Database, DatabaseMeasures, ReadObserver, Write } from './database.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import type { WriterData, WriterFailure, WriterOutcome, WriterTask } from './sqlite-messages.ts';

interface Pending {
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

/** Where the threads of sqlite-writer.ts come from, and where they go when their database is closed. */
export interface WriterThreads {
  take(start: () => Worker): Worker;
  giveBack(thread: Worker): Promise<void>;
}

/** A thread for each database, which ends with it. */
const ownThreads: WriterThreads = {
  take: (start) => start(),
  giveBack: async (thread) => void (await thread.terminate()),
};

export interface SqliteOptions {
  readonly onRead?: ReadObserver | undefined;
  readonly threads?: WriterThreads | undefined;
}

/** SQLite in one file: reads here through a read-only connection, writes in their own thread (sqlite-writer.ts). */
export class SqliteDatabase implements Database {
  readonly db: Connection;
  readonly alone = true;
  readonly #file: string;
  readonly #worker: Worker;
  readonly #threads: WriterThreads;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners: ((changes: readonly Change[]) => void)[] = [];
  #nextId = 0;
  #dead: Error | undefined;

  private constructor(
    file: string,
    worker: Worker,
    reader: DatabaseSync,
    { onRead, threads = ownThreads }: SqliteOptions,
  ) {
    this.#file = file;
    this.#worker = worker;
    this.#threads = threads;
    this.db = new Kysely<Schema>({ dialect: sqliteDialect(reader, onRead) });
    worker.on('message', (outcomes: WriterOutcome[] | 'closed') => {
      if (outcomes !== 'closed') this.#settle(outcomes);
    });
    worker.on('error', (error) => this.#fail(error as Error));
    worker.on('exit', () => this.#fail(new Error('the database writer has ended')));
  }

  /**
   * Opens or creates the database and brings its schema up to date. `writes` is the URL of src/writes.ts, which the thread of a
   * build has in it.
   */
  static async open(
    file: string,
    writes: string | undefined,
    options: SqliteOptions = {},
  ): Promise<SqliteDatabase> {
    const { threads = ownThreads } = options;
    const workerData: WriterData = { writes };
    const worker = threads.take(() =>
      startThread('sqlite-writer', new URL('./sqlite-writer.ts', import.meta.url), workerData),
    );
    worker.postMessage({ file } satisfies WriterTask);
    await once(worker, 'message');
    const reader = new DatabaseSync(file, { readOnly: true });
    reader.exec('PRAGMA busy_timeout = 5000; PRAGMA cache_size = -8000; PRAGMA mmap_size = 268435456');
    return new SqliteDatabase(file, worker, reader, options);
  }

  write<Input, Output>(write: Write<Input, Output>, input: Input): Promise<Output> {
    if (this.#dead) return Promise.reject(unavailable(this.#dead));
    const id = this.#nextId++;
    return new Promise<Output>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (output: unknown) => void, reject });
      this.#worker.postMessage({ id, name: write.name, input });
    });
  }

  onChange(listener: (changes: readonly Change[]) => void): void {
    this.#listeners.push(listener);
  }

  /** One process: what it changed it has told its own caches before it answered. */
  fresh(): boolean {
    return true;
  }

  /** The data folder's lock keeps every other process out. */
  async others(): Promise<number> {
    return 0;
  }

  /** The writer finished it when it opened the database. */
  async finishUpgrade(): Promise<boolean> {
    return true;
  }

  isUpgraded(): boolean {
    return true;
  }

  /** SQLite keeps nothing that would have to be cleared away. */
  async maintain(): Promise<void> {}

  async check(): Promise<void> {
    if (this.#dead) throw unavailable(this.#dead);
    await this.db.selectFrom('installation').select('name').limit(1).execute();
  }

  async measure(): Promise<DatabaseMeasures> {
    const sizeOf = async (path: string): Promise<number | undefined> =>
      (await stat(path).catch(() => undefined))?.size;
    return {
      bytes: await sizeOf(this.#file),
      logBytes: (await sizeOf(`${this.#file}-wal`)) ?? 0,
      waiting: this.#pending.size,
      feedLag: 0,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#dead) return;
    this.#dead = new Error('the database is closed');
    const closed = new Promise<void>((resolve) => {
      this.#worker.on('message', (message) => message === 'closed' && resolve());
      // of itself it ends only by a fault
      this.#worker.on('exit', () => resolve());
    });
    this.#worker.postMessage('close');
    await closed;
    for (const event of ['message', 'error', 'exit']) this.#worker.removeAllListeners(event);
    await this.#threads.giveBack(this.#worker);
    await this.db.destroy();
  }

  #settle(outcomes: WriterOutcome[]): void {
    const changes = outcomes.flatMap((outcome) => ('changes' in outcome ? outcome.changes : []));
    if (changes.length > 0) for (const listener of this.#listeners) listener(changes);
    for (const outcome of outcomes) {
      const pending = this.#pending.get(outcome.id);
      this.#pending.delete(outcome.id);
      if ('error' in outcome) pending?.reject(errorOf(outcome.error));
      else pending?.resolve(outcome.output);
    }
  }

  #fail(error: Error): void {
    this.#dead ??= error;
    for (const { reject } of this.#pending.values()) reject(unavailable(error));
    this.#pending.clear();
  }
}

const SQLITE_FULL = 13;

const errorOf = (failure: WriterFailure): Error => {
  if (failure.kind === 'refused') {
    const { code, message, detail, reason } = failure;
    return new RegistryError(code, { message, detail, ...(reason === undefined ? {} : { reason }) });
  }
  const cause = new Error(failure.message);
  if (failure.stack) cause.stack = failure.stack;
  if (failure.errcode === undefined) return cause;
  if ((failure.errcode & 0xff) === SQLITE_FULL) return new RegistryError('STORAGE_FULL', { cause });
  return new RegistryError('UNAVAILABLE', { cause, reason: `database: ${failure.message}` });
};

const unavailable = (cause: Error): RegistryError =>
  new RegistryError('UNAVAILABLE', { cause, reason: `database: ${cause.message}` });
