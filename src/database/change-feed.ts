import { Client, type ClientConfig, type Pool } from 'pg';
import type { Clock } from '../clock.ts';
import type { Log } from '../observe/log.ts';
import { ANY, CHANGE_KINDS, type Change, type ChangeKind } from './database.ts';
import { wordsOf } from './postgres-errors.ts';

/** The longest a committed change of another replica waits to be read, while the database answers. */
const PERIOD_MS = 200;
/** The shortest time between two reads, however often the reader is woken. */
const SPACING_MS = 20;
/** Caches may be used for this long after the beginning of the last read that succeeded. */
const FRESH_MS = 700;
/** How long a replica may be silent and still find all it missed. */
const KEEP_MS = 10 * 60_000;

const CHANNEL = 'tidegate_changes';
/** The row of `installation` with the last transaction whose changes have been purged. */
const PURGED = 'changes.purged';

interface Parts {
  readonly config: ClientConfig;
  readonly tell: (changes: readonly Change[]) => void;
  /** Monotonic, in milliseconds. */
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'> | undefined;
}

/**
 * Tells this process what any process changed, in the order of commits and without losing one: a number given out at
 * the insert would not do, for a later one can be committed first. Each read takes PostgreSQL's snapshot of the
 * transactions that have ended, and asks for the changes of those that had not ended in the snapshot before.
 * A first read, and one on a new connection, knows no snapshot before: caches are empty, or are emptied by it.
 */
export class ChangeFeed implements AsyncDisposable {
  readonly #parts: Parts;
  #client: Client | undefined;
  #snapshot: string | undefined;
  #lastReadBegan = Number.NEGATIVE_INFINITY;
  #announcing = false;
  #woken = false;
  #wake = (): void => undefined;
  #closed = false;
  #loop: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Resolves after the first read. Rejects when there was none; later failures are made up for. */
  async start(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      await this.#disconnect();
      throw error;
    }
    this.#loop = this.#run();
  }

  /** False when a change committed more than 700 ms ago may not have been told. */
  fresh(): boolean {
    return this.#parts.clock.now() - this.#lastReadBegan <= FRESH_MS;
  }

  /** Milliseconds since the last read that succeeded began. */
  lag(): number {
    return this.#parts.clock.now() - this.#lastReadBegan;
  }

  /** Lets the other replicas know that there is something to read, so that they need not wait for their next turn. */
  announce(): void {
    this.#announcing = true;
    this.#awake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#awake();
    await this.#loop;
    await this.#disconnect();
  }

  async #run(): Promise<void> {
    let cut = false;
    while (!this.#closed) {
      await this.#pause();
      try {
        await this.#read();
        if (cut) this.#parts.log?.info('the change feed reads again');
        cut = false;
      } catch (error) {
        if (!cut && !this.#closed)
          this.#parts.log?.warn({ reason: wordsOf(error as Error) }, 'the change feed is cut; caches rest');
        cut = true;
        await this.#disconnect();
      }
    }
  }

  async #read(): Promise<void> {
    const began = this.#parts.clock.now();
    this.#client ??= await this.#connect();
    if (this.#announcing) {
      this.#announcing = false;
      await this.#client.query(`notify ${CHANNEL}`);
    }
    const { rows } = await this.#client.query<ReadRow>({ ...READ, values: [this.#snapshot ?? null] });
    const row = rows[0];
    if (!row) throw new Error('the change feed was not answered');
    const changes = row.behind ? EVERYTHING : row.changes.flatMap(decodeChanges);
    if (changes.length > 0) this.#parts.tell(changes);
    this.#snapshot = row.snapshot;
    this.#lastReadBegan = began;
  }

  async #connect(): Promise<Client> {
    const client = new Client(this.#parts.config);
    client.on('error', () => this.#awake());
    client.on('notification', ({ processId }) => {
      if (processId !== (client as { processID?: number }).processID) this.#awake();
    });
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      end(client);
      throw error;
    }
    return client;
  }

  async #disconnect(): Promise<void> {
    if (this.#client) end(this.#client);
    this.#client = undefined;
    this.#snapshot = undefined;
  }

  #awake(): void {
    this.#woken = true;
    this.#wake();
  }

  async #pause(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, SPACING_MS));
    if (!this.#woken && !this.#closed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, PERIOD_MS - SPACING_MS);
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
    }
    this.#woken = false;
  }
}

/** Not awaited: on a dead network the goodbye may take minutes. */
const end = (client: Client): void => {
  client.end().catch(() => undefined);
};

interface ReadRow {
  readonly snapshot: string;
  /** Changes that were never read have been purged, or there was no read before. */
  readonly behind: boolean;
  readonly changes: readonly EncodedChanges[];
}

/** $1: the snapshot of the read before, or null. One statement, so that rows and snapshot belong together. */
const READ = {
  name: 'read_changes',
  text: `
    select pg_current_snapshot()::text as snapshot,
      coalesce(pg_snapshot_xmin($1::pg_snapshot)
        <= (select value::xid8 from installation where name = '${PURGED}'), $1 is null) as behind,
      coalesce((
        select json_agg(entities::json) from changes
        where transaction_id >= pg_snapshot_xmin($1::pg_snapshot)
          and not pg_visible_in_snapshot(transaction_id, $1::pg_snapshot)
          and entities is not null
      ), '[]') as changes`,
};

/** What a cache is told that may have missed something. */
const EVERYTHING: readonly Change[] = CHANGE_KINDS.map((kind) => ({ kind, id: ANY }));

type EncodedChanges = readonly (readonly [ChangeKind, string])[];

/** A transaction's changes as the column `entities` holds them. */
export const encodeChanges = (changes: readonly Change[]): string =>
  JSON.stringify(changes.map(({ kind, id }) => [kind, id]));

const decodeChanges = (encoded: EncodedChanges): Change[] => encoded.map(([kind, id]) => ({ kind, id }));

/**
 * Removes changes that every live replica has read: those older than `keepMs`, by the database's clock. Notes the last
 * transaction it removed, so that a replica that slept through it knows. Answers how many rows went.
 */
export const purgeChanges = async (pool: Pool, keepMs = KEEP_MS): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>(PURGE, [keepMs]);
  return rows[0]?.count ?? 0;
};

/** Up to the first transaction that is younger or has not ended. */
const PURGE = `
  with line as (
    select least(pg_snapshot_xmin(pg_current_snapshot()), (
      select transaction_id from changes
      where at > extract(epoch from clock_timestamp()) * 1000 - $1
      order by transaction_id limit 1
    )) as transaction_id
  ), purged as (
    delete from changes using line where changes.transaction_id < line.transaction_id
    returning changes.transaction_id
  ), noted as (
    insert into installation (name, value)
      select '${PURGED}', transaction_id::text from purged order by transaction_id desc limit 1
    on conflict (name) do update set value = excluded.value
      where installation.value::xid8 < excluded.value::xid8
  )
  select count(*) from purged`;
