import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import type { Clock } from '../clock.ts';
import type { Log } from '../observe/log.ts';
import { ChangeFeed, purgeChanges } from './change-feed.ts';
import type { Change, Database, DatabaseMeasures, Db, ReadObserver, Write } from './database.ts';
import { contractUnlessShared } from './postgres-contraction.ts';
import { databaseError, unavailable, wordsOf } from './postgres-errors.ts';
import { poolOf } from './postgres-pool.ts';
import { readsThrough } from './postgres-reads.ts';
import { type Patience, retrying } from './postgres-retry.ts';
import { prepareSchema } from './postgres-schema.ts';
import { type PostgresSettings, postgresSettings } from './postgres-settings.ts';
import { runWrite } from './postgres-transaction.ts';
import { otherReplicas } from './replicas.ts';
import type { Schema } from './schema.ts';

export interface PostgresOptions {
  /** Monotonic, in milliseconds: by it the change feed is fresh or not. */
  readonly clock?: Clock;
  readonly log?: Pick<Log, 'info' | 'warn'>;
  /** How long a server that restarts is waited for. */
  readonly retryMs?: number;
  readonly onRead?: ReadObserver | undefined;
}

const RETRY_MS = 30_000;
const CHECK_MS = 2_000;

/** PostgreSQL, shared by any number of equal processes. */
export class PostgresDatabase implements Database {
  readonly db: Db;
  readonly alone = false;
  readonly #reads: Pool;
  readonly #writes: Pool;
  readonly #feed: ChangeFeed;
  readonly #closing = new AbortController();
  readonly #patience: Patience;
  readonly #running = new Set<Promise<unknown>>();
  readonly #listeners: ((changes: readonly Change[]) => void)[] = [];
  #bulk: Promise<unknown> = Promise.resolve();
  #contracted = false;

  private constructor(settings: PostgresSettings, options: PostgresOptions) {
    this.#patience = { retryMs: options.retryMs ?? RETRY_MS, signal: this.#closing.signal };
    this.#reads = poolOf(settings.reads);
    this.#writes = poolOf(settings.writes);
    this.db = new Kysely<Schema>({
      dialect: new PostgresDialect({ pool: readsThrough(this.#reads, this.#patience, options.onRead) }),
    });
    this.#feed = new ChangeFeed({
      config: settings.feed,
      tell: (changes) => this.#tell(changes),
      clock: options.clock ?? { now: () => performance.now() },
      log: options.log,
    });
  }

  /**
   * Connects, waiting for a server that is starting, and brings the schema up to date. `url` is described at
   * postgresSettings. Rejects with what is wrong and names the server, never the password.
   */
  static async open(url: string, options: PostgresOptions = {}): Promise<PostgresDatabase> {
    const settings = postgresSettings(url);
    const database = new PostgresDatabase(settings, options);
    try {
      database.#contracted = await retrying(
        () => prepareSchema(settings.migrations, options.log),
        database.#patience,
      );
      await retrying(() => database.#feed.start(), database.#patience);
    } catch (cause) {
      await database[Symbol.asyncDispose]();
      const { host, pathname } = new URL(url);
      throw new Error(
        `the database ${pathname.slice(1)} at ${host} cannot be used: ${wordsOf(cause as Error)}`,
        { cause },
      );
    }
    return database;
  }

  async write<Input, Output>(write: Write<Input, Output>, input: Input): Promise<Output> {
    const running = this.#write(write, input);
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  onChange(listener: (changes: readonly Change[]) => void): void {
    this.#listeners.push(listener);
  }

  fresh(): boolean {
    return this.#feed.fresh();
  }

  async check(): Promise<void> {
    this.#refuseClosed();
    const late = sleep(CHECK_MS, undefined, { ref: false }).then(() => {
      throw unavailable(new Error(`no answer within ${CHECK_MS} ms`));
    });
    const answer = this.#reads.query('select from installation limit 1').catch((error) => {
      throw databaseError(error);
    });
    await Promise.race([answer, late]);
  }

  async measure(): Promise<DatabaseMeasures> {
    const late = sleep(CHECK_MS, undefined, { ref: false });
    const asked = this.#reads
      .query<{ bytes: string }>('select pg_database_size(current_database()) as bytes')
      .then(({ rows }) => Number(rows[0]?.bytes))
      .catch(() => undefined);
    return {
      bytes: await Promise.race([asked, late]),
      logBytes: undefined,
      waiting: this.#running.size,
      feedLag: this.#feed.lag() / 1000,
    };
  }

  others(): Promise<number> {
    return retrying(() => otherReplicas(this.#reads), this.#patience);
  }

  async maintain(): Promise<void> {
    await this.purgeChanges();
  }

  async finishUpgrade(): Promise<boolean> {
    if (this.#contracted) return true;
    const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: this.#writes }) });
    this.#contracted = await retrying(() => contractUnlessShared(db, false), this.#patience);
    return this.#contracted;
  }

  isUpgraded(): boolean {
    return this.#contracted;
  }

  /** Removes changes that every replica has read; answers how many. */
  async purgeChanges(): Promise<number> {
    return retrying(() => purgeChanges(this.#writes), this.#patience);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
    await this.#feed[Symbol.asyncDispose]();
    await Promise.all([this.#reads.end(), this.#writes.end()]);
  }

  async #write<Input, Output>(write: Write<Input, Output>, input: Input): Promise<Output> {
    if (!write.isBulk(input)) return this.#runWrite(write, input);
    // one at a time: bulk work never takes all connections
    const turn = this.#bulk.then(() => this.#runWrite(write, input));
    this.#bulk = turn.catch(() => undefined);
    return turn;
  }

  async #runWrite<Input, Output>(write: Write<Input, Output>, input: Input): Promise<Output> {
    this.#refuseClosed();
    try {
      const { output, changes } = await runWrite(this.#writes, write, input, this.#patience);
      if (changes.length > 0) {
        this.#tell(changes);
        this.#feed.announce();
      }
      return output;
    } catch (error) {
      throw databaseError(error);
    }
  }

  #refuseClosed(): void {
    if (this.#closing.signal.aborted) throw unavailable(new Error('the database is closed'));
  }

  #tell(changes: readonly Change[]): void {
    for (const listener of this.#listeners) listener(changes);
  }
}
