/**
 * The thread that owns SQLite's only writing connection, so that no commit's fsync ever stops the event loop.
 * Writes that wait while another commit is under way are run in one transaction, each in its own savepoint, and share
 * its fsync; none is acknowledged before the commit. Bulk work waits behind them and runs by itself (write-queue.ts).
 */
import { once } from 'node:events';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Kysely } from 'kysely';
import { RegistryError } from '../errors.ts';
import { contract } from './contractions.ts';
import { type Change, findWrite, isBulkWrite } from './database.ts';
import { FIRST_MIGRATION, migrate } from './migrate.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import type {
  WriterData,
  WriterFailure,
  WriterOutcome,
  WriterRequest,
  WriterTask,
} from './sqlite-messages.ts';
import { transaction } from './transaction.ts';
import { WriteQueue } from './write-queue.ts';

/**
 * Pages of the log (8 MB) that come together before a commit copies them into the file, each once however often it changed.
 * All writes wait for that copy. Twice as many saved no time that could be measured; half as many made it come with each large
 * manifest.
 */
const LOG_PAGES = 2000;
/** Both bound how long the first of a batch waits for the last, and the next batch for this one. */
const BATCH_LIMIT = 128;
const BATCH_MS = 15;

class Writer {
  readonly #database: DatabaseSync;
  readonly #db: Kysely<Schema>;
  readonly #port: MessagePort;
  readonly #queue = new WriteQueue<WriterRequest>();
  /** What surrounds each write, parsed once. */
  readonly #steps: Readonly<Record<'begin' | 'commit' | 'save' | 'release', StatementSync>>;
  #running = false;
  #closing = false;
  #synchronous: 'FULL' | 'NORMAL' = 'FULL';

  constructor(file: string, port: MessagePort) {
    this.#database = new DatabaseSync(file);
    // FULL: a commit is on disk when it returns; WAL: readers are never blocked
    this.#database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = ${LOG_PAGES}`,
    );
    const prepared = (text: string): StatementSync => this.#database.prepare(text);
    this.#steps = {
      begin: prepared('BEGIN IMMEDIATE'),
      commit: prepared('COMMIT'),
      save: prepared('SAVEPOINT one'),
      release: prepared('RELEASE one'),
    };
    this.#db = new Kysely<Schema>({ dialect: sqliteDialect(this.#database) });
    this.#port = port;
  }

  /** Writes what it is asked to until it is told to close. */
  async run(): Promise<void> {
    const steps = await migrate(this.#db, 'sqlite');
    // the data folder's lock keeps every other program out
    await contract(this.#db, steps.includes(FIRST_MIGRATION));
    // what ROLLBACK TO would put back: in a file it is as much again as the log. Not before, since migrations sort whole tables
    this.#database.exec('PRAGMA temp_store = MEMORY');
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const accept = async (request: WriterRequest | 'close'): Promise<void> => {
      await this.#accept(request);
      if (this.#closing) resolve();
    };
    this.#port.on('message', accept);
    this.#port.postMessage('ready');
    await closed;
    this.#port.off('message', accept);
    this.#close();
  }

  async #accept(first: WriterRequest | 'close'): Promise<void> {
    this.#enqueue(first);
    for (this.#drain(); !this.#queue.isEmpty; this.#drain()) {
      const requests = this.#queue.next(BATCH_LIMIT, performance.now());
      this.#port.postMessage(await this.#runBatch(requests));
    }
  }

  #enqueue(message: WriterRequest | 'close'): void {
    if (message === 'close') this.#closing = true;
    else this.#queue.add(message, isBulkWrite(message.name, message.input), performance.now());
  }

  #drain(): void {
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port))
      this.#enqueue(next.message);
  }

  async #runBatch(requests: WriterRequest[]): Promise<WriterOutcome[]> {
    if (this.#running) throw new Error('two batches at once');
    this.#running = true;
    try {
      this.#synchronize(requests.every(({ name }) => findWrite(name).relaxed) ? 'NORMAL' : 'FULL');
      this.#steps.begin.run();
      const outcomes = await this.#runAll(requests);
      this.#steps.commit.run();
      this.#queue.putBack(requests.slice(outcomes.length));
      return outcomes;
    } catch (error) {
      // the whole transaction is lost (disk full, I/O error): no write of it is acknowledged
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      return requests.map(({ id }) => ({ id, error: failureOf(error) }));
    } finally {
      this.#running = false;
    }
  }

  /** One after the other, until all are done or their time is over. */
  async #runAll(requests: readonly WriterRequest[]): Promise<WriterOutcome[]> {
    const end = performance.now() + BATCH_MS;
    const outcomes: WriterOutcome[] = [];
    for (const request of requests) {
      if (outcomes.length > 0 && performance.now() > end) break;
      outcomes.push(await this.#runOne(request));
    }
    return outcomes;
  }

  /** NORMAL commits in order, but without a sync: the next FULL commit makes them durable too. */
  #synchronize(mode: 'FULL' | 'NORMAL'): void {
    if (mode === this.#synchronous) return;
    this.#database.exec(`PRAGMA synchronous = ${mode}`);
    this.#synchronous = mode;
  }

  async #runOne({ id, name, input }: WriterRequest): Promise<WriterOutcome> {
    const changes: Change[] = [];
    this.#steps.save.run();
    try {
      const output = await findWrite(name).run(transaction(this.#db, changes), input);
      this.#steps.release.run();
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

const { writes } = workerData as WriterData;
if (!parentPort) throw new Error('sqlite-writer runs as a worker thread');
if (writes !== undefined) await import(writes);
// the thread ends when it is terminated
for (;;) {
  const [{ file }] = (await once(parentPort, 'message')) as [WriterTask];
  await new Writer(file, parentPort).run();
  parentPort.postMessage('closed');
}
