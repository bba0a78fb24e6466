import type {
  DeleteQueryBuilder,
  DeleteResult,
  InsertQueryBuilder,
  InsertResult,
  Kysely,
  UpdateQueryBuilder,
  UpdateResult,
} from 'kysely';
import type { CachedTable, ChangeKind, TableOf } from './cached-tables.ts';
import type { Schema } from './schema.ts';

export { CHANGE_KINDS, type ChangeKind } from './cached-tables.ts';

/** A whole connection: the engines', and what works beside a server. */
export type Connection = Kysely<Schema>;

/**
 * A connection or a transaction, to read: query functions take it first and do not care which. Rows are changed through a
 * Tx, so that a change cannot forget to tell the change feed.
 */
export type Db = Pick<
  Kysely<Schema>,
  'selectFrom' | 'selectNoFrom' | 'with' | 'getExecutor' | 'dynamic' | 'fn'
>;

/** As a change's id: any entity of this kind may have changed, for the feed was interrupted. */
export const ANY = '*';

/** One entity whose row was changed or removed by a committed transaction. */
export interface Change {
  readonly kind: ChangeKind;
  /** The entity's id; for parts of a repository `<repository id>/<tag or digest>`; or ANY. */
  readonly id: string;
}

/** The statements that change rows of some tables, and no others. */
export interface Changing<Table extends keyof Schema> {
  insertInto<T extends Table>(table: T): InsertQueryBuilder<Schema, T, InsertResult>;
  updateTable<T extends Table>(table: T): UpdateQueryBuilder<Schema, T, T, UpdateResult>;
  deleteFrom<T extends Table>(table: T): DeleteQueryBuilder<Schema, T, DeleteResult>;
}

/** Tables of which no cache keeps anything. */
export type UncachedTable = Exclude<keyof Schema, CachedTable>;

/**
 * What a write sees. It has no clock, no network and no randomness: whatever it needs of them is in its input.
 *
 * A table of which caches keep rows can be changed only through `changed`, `changing` or `noting`, so a query cannot
 * forget to tell the change feed. Only rows.ts files use them.
 */
export interface Tx {
  /** For reads. */
  readonly db: Db;
  /** For tables of which no cache keeps anything. */
  readonly uncached: Changing<UncachedTable>;
  /** Tells the change feed, with the commit, that caches must forget these entities; gives the tables of their kind. */
  changed<Kind extends ChangeKind>(kind: Kind, ...ids: readonly string[]): Changing<TableOf<Kind>>;
  /** The same where the ids are known only afterwards: `change` answers them, and what `changing` is to answer. */
  changing<Kind extends ChangeKind, Answer>(
    kind: Kind,
    change: (tables: Changing<TableOf<Kind>>) => Promise<{ ids: readonly string[]; answer: Answer }>,
  ): Promise<Answer>;
  /** For columns on which no right and no content hangs (last use, counters): functions named `note…` use it. */
  readonly noting: Changing<CachedTable>;
}

/**
 * What rooms above add to a transaction of a room below. The room below declares the point and runs it; a room above
 * adds its step where it defines its writes, so that the writer's thread knows it too (src/writes.ts).
 */
export class ExtensionPoint<Input> {
  readonly #steps: ((tx: Tx, input: Input) => Promise<void>)[] = [];

  add(step: (tx: Tx, input: Input) => Promise<void>): void {
    this.#steps.push(step);
  }

  /** Runs every step in the order in which they were added. */
  async run(tx: Tx, input: Input): Promise<void> {
    for (const step of this.#steps) await step(tx, input);
  }
}

/**
 * A transaction as a named function of its input. Naming it lets the SQLite engine run it in the writer's thread
 * and lets PostgreSQL run it again after a serialization failure. Input and output must be structured-cloneable.
 */
export interface Write<Input, Output> {
  readonly name: string;
  /** Acknowledged before it is on the disk where the engine can: a killed process does not lose it, a power cut may. */
  readonly relaxed: boolean;
  /** It goes behind every other write that waits, and runs alone; each is short, so that none waits long behind it. */
  isBulk(input: Input): boolean;
  run(tx: Tx, input: Input): Promise<Output>;
}

export interface WriteOptions<Input> {
  readonly relaxed?: boolean;
  /** True, or a function that tells by the input, for what touches hundreds of rows. A revocation never waits for it. */
  readonly bulk?: boolean | ((input: Input) => boolean);
}

const writes = new Map<string, Write<never, unknown>>();

/** Declares a write. The name must be unique: it is how the writer's thread finds the function. */
export const defineWrite = <Input, Output>(
  name: string,
  run: (tx: Tx, input: Input) => Promise<Output>,
  { relaxed = false, bulk = false }: WriteOptions<Input> = {},
): Write<Input, Output> => {
  if (writes.has(name)) throw new Error(`two writes are named ${name}`);
  const isBulk = typeof bulk === 'boolean' ? () => bulk : bulk;
  const write = { name, run, relaxed, isBulk };
  writes.set(name, write);
  return write;
};

export const findWrite = (name: string): Write<unknown, unknown> => {
  const write = writes.get(name);
  if (!write) throw new Error(`no write is named ${name}; is its file listed in src/writes.ts?`);
  return write as Write<unknown, unknown>;
};

/** Whether a write with this input is bulk work. An unknown write is not, and fails where it runs. */
export const isBulkWrite = (name: string, input: unknown): boolean =>
  (writes.get(name) as Write<unknown, unknown> | undefined)?.isBulk(input) ?? false;

/** A statement with which this process's main thread has read rows. */
export interface ReadStatement {
  readonly text: string;
  readonly parameters: readonly unknown[];
  /** How many it handed over. */
  readonly rows: number;
  /** How long the thread did nothing else, milliseconds; undefined where it did not wait. */
  readonly ms: number | undefined;
}

/** Told of each statement that reads rows: for tests, which hold them to bounds. */
export type ReadObserver = (statement: ReadStatement) => void;

export interface DatabaseMeasures {
  /** Bytes of the database; undefined where it did not say so in time. */
  readonly bytes: number | undefined;
  /** Bytes of SQLite's log beside it. */
  readonly logBytes: number | undefined;
  /** Writes of this process that are not answered yet. */
  readonly waiting: number;
  /** Seconds since the last successful read of the change feed began; 0 where no other process can write. */
  readonly feedLag: number;
}

/** The database engine: one query layer, two implementations (sqlite.ts, postgres.ts). */
export interface Database extends AsyncDisposable {
  /** For reads. Each statement sees every transaction acknowledged before it began. */
  readonly db: Db;

  /**
   * Runs a write as if alone. Resolves once it is durable (unless it is a relaxed one) and this process's caches have dropped what it changed.
   * Throws what the write threw (nothing is kept then), STORAGE_FULL or UNAVAILABLE.
   */
  write<Input, Output>(write: Write<Input, Output>, input: Input): Promise<Output>;

  /** Called with the changes of each committed transaction, those of other replicas included. */
  onChange(listener: (changes: readonly Change[]) => void): void;

  /**
   * True when no other process can change the database: then content rows may be cached, since every change passes
   * through here. Otherwise only rights (bounded by `fresh`) and immutable bytes may.
   */
  readonly alone: boolean;

  /** How many other processes work on this database now. */
  others(): Promise<number>;

  /** False while the change feed may be behind by more than its bound: caches must not be used then. */
  fresh(): boolean;

  /**
   * Begins what only this version can keep (contractions.ts), unless a replica of the version before is connected; answers
   * whether it has begun. To be called until it has.
   */
  finishUpgrade(): Promise<boolean>;

  /** Whether `finishUpgrade` has answered here that it has begun; without asking the database, for what every push asks. */
  isUpgraded(): boolean;

  /** Housekeeping of the engine's own; to be called every few minutes, by any number of replicas. */
  maintain(): Promise<void>;

  /** Answers when the database would answer a query now; throws UNAVAILABLE otherwise. */
  check(): Promise<void>;

  /** How large it is and how much waits for it, for those who watch it. */
  measure(): Promise<DatabaseMeasures>;
}
