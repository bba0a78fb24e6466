/**
 * The thread that owns SQLite's only writing connection, so that no commit's fsync ever stops the event loop.
 * Writes that wait while another commit is under way are run in one transaction, each in its own savepoint, and share
 * its fsync; none is acknowledged before the commit.
 */
import { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Kysely } from 'kysely';
import { RegistryError } from '../errors.ts';
import { type Change, findWrite } from './database.ts';
import { migrate } from './migrate.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import type { WriterData, WriterFailure, WriterOutcome, WriterRequest } from './sqlite-messages.ts';
import { transaction } from './transaction.ts';

/**
 * A checkpoint copies each changed page from the log into the file once, however often it changed since the last one:
 * the longer the log (here 16 MB, in pages of 4 KB), the less is copied.
 */
const LOG_PAGES = 4000;
/** Bounds how long the first of a batch waits for the last. */
const BATCH_LIMIT = 128;

class Writer {
  readonly #database: DatabaseSync;
  readonly #db: Kysely<Schema>;
  readonly #port: MessagePort;
  #running = false;
  #synchronous: 'FULL' | 'NORMAL' = 'FULL';

  constructor(file: string, port: MessagePort) {
    this.#database = new DatabaseSync(file);
    // FULL: a commit is on disk when it returns; WAL: readers are never blocked
    this.#database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = ${LOG_PAGES}`,
    );
    this.#db = new Kysely<Schema>({ dialect: sqliteDialect(this.#database) });
    this.#port = port;
  }

  async start(): Promise<void> {
    await migrate(this.#db, 'sqlite');
    this.#port.on('message', (request: WriterRequest | 'close') => void this.#accept(request));
    this.#port.postMessage('ready');
  }

  async #accept(first: WriterRequest | 'close'): Promise<void> {
    const batch = [first, ...this.#drain()];
    while (batch.length > 0) {
      const close = batch.indexOf('close');
      const requests = (close < 0 ? batch.splice(0, BATCH_LIMIT) : batch.splice(0, close)) as WriterRequest[];
      if (requests.length > 0) this.#port.postMessage(await this.#runBatch(requests));
      if (close >= 0) return this.#close();
      batch.push(...this.#drain());
    }
  }

  *#drain(): Generator<WriterRequest | 'close'> {
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port))
      yield next.message;
  }

  async #runBatch(requests: WriterRequest[]): Promise<WriterOutcome[]> {
    if (this.#running) throw new Error('two batches at once');
    this.#running = true;
    try {
      this.#synchronize(requests.every(({ name }) => findWrite(name).relaxed) ? 'NORMAL' : 'FULL');
      this.#database.exec('BEGIN IMMEDIATE');
      const outcomes: WriterOutcome[] = [];
      for (const request of requests) outcomes.push(await this.#runOne(request));
      this.#database.exec('COMMIT');
      return outcomes;
    } catch (error) {
      // the whole transaction is lost (disk full, I/O error): no write of it is acknowledged
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return requests.map(({ id }) => ({ id, error: failureOf(error) }));
    } finally {
      this.#running = false;
    }
  }

  /** NORMAL commits in order, but without a sync: the next FULL commit makes them durable too. */
  #synchronize(mode: 'FULL' | 'NORMAL'): void {
    if (mode === this.#synchronous) return;
    this.#database.exec(`PRAGMA synchronous = ${mode}`);
    this.#synchronous = mode;
  }

  async #runOne({ id, name, input }: WriterRequest): Promise<WriterOutcome> {
    const changes: Change[] = [];
    this.#database.exec('SAVEPOINT one');
    try {
      const output = await findWrite(name).run(transaction(this.#db, changes), input);
      this.#database.exec('RELEASE one');
      return { id, output, changes };
    } catch (error) {
      if (!this.#database.isTransaction) throw error;
      this.#database.exec('ROLLBACK TO one; RELEASE one');
      return { id, error: failureOf(error) };
    }
  }

  #close(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#database.close();
    this.#port.close();
  }
}

/** Errors cross threads as data; the main thread makes errors of them again. */
const failureOf = (error: unknown): WriterFailure => {
  if (error instanceof RegistryError) {
    const { code, message, detail, reason } = error;
    return { kind: 'refused', code, message, detail, reason };
  }
  const { message, stack, errcode } = error as Error & { errcode?: number };
  return { kind: 'failed', message, stack, errcode };
};

const { file, writes } = workerData as WriterData;
if (!parentPort) throw new Error('sqlite-writer runs as a worker thread');
await import(writes);
await new Writer(file, parentPort).start();
