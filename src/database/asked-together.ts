import { setImmediate } from 'node:timers';
import { type Compilable, type CompiledQuery, type QueryCreator, sql } from 'kysely';
import { RegistryError } from '../errors.ts';
import { BuiltOnce } from './built-once.ts';
import type { Db } from './database.ts';
import type { Schema } from './schema.ts';

/** Most keys of one statement. */
const MOST = 64;

/** What is asked for, one row each: the key, and by which number the row that is found tells whose it is. */
type Wanted<Name extends string> = { readonly ask: number } & Readonly<Record<Name, string | null>>;

/** Where a query of several keys begins: the tables, and `wanted`. */
export type AskedFrom<Name extends string> = QueryCreator<Schema & { wanted: Wanted<Name> }>;

interface Ask<Row> {
  readonly key: readonly string[];
  readonly found: (row: Row | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * A query of one row by a key, for reads that very many requests make. Those that ask in the same turn of the event loop
 * ask with one statement, which leaves when the turn ends: a statement costs the driver as much for many keys as for one.
 * Its text is built once for an engine and a number of keys (built-once.ts). `build` makes it of `wanted`, whose rows answer
 * at most one row each, and has no parameters of its own.
 */
export const askedTogether = <Name extends string, Row extends object>(
  names: readonly Name[],
  build: (from: AskedFrom<Name>) => Compilable<Row & { readonly ask: number }>,
): ((db: Db, key: Readonly<Record<Name, string>>) => Promise<Row | undefined>) => {
  const built = new BuiltOnce<Row & { readonly ask: number }>();
  const waiting = new WeakMap<Db, Ask<Row>[]>();

  const buildOf = (db: Db, keys: readonly string[]): CompiledQuery<Row & { readonly ask: number }> => {
    const rows = Array.from({ length: keys.length / names.length }, (_, ask) => {
      const key = keys.slice(ask * names.length, (ask + 1) * names.length).map((value) => sql`${value}`);
      return sql`(${sql.join([sql.lit(ask), ...key])})`;
    });
    const columns = `wanted(${['ask', ...names].join(', ')})` as 'wanted(ask)';
    const from = db.with(columns, () => sql<Wanted<Name>>`(values ${sql.join(rows)})` as never);
    return build(from as unknown as AskedFrom<Name>).compile();
  };

  const ask = async (db: Db, asks: readonly Ask<Row>[]): Promise<void> => {
    const keys: (string | null)[] = asks.flatMap(({ key }) => key);
    while (keys.length < sizeFor(asks.length) * names.length) keys.push(null);
    const { rows } = await built.run(db, keys, (standIns) => buildOf(db, standIns));
    const found = new Map(rows.map(({ ask, ...row }) => [ask, row as unknown as Row]));
    for (const [number, { found: answer }] of asks.entries()) answer(found.get(number));
  };

  /** Never rejects. What the database refuses for one key is no answer to the others: each is then asked for alone. */
  const answer = async (db: Db, asks: readonly Ask<Row>[]): Promise<void> => {
    try {
      await ask(db, asks);
    } catch (error) {
      if (asks.length === 1 || isUnavailable(error)) for (const { failed } of asks) failed(error);
      else for (const one of asks) await answer(db, [one]);
    }
  };

  const send = (db: Db): void => {
    const asks = waiting.get(db) ?? [];
    waiting.delete(db);
    for (let first = 0; first < asks.length; first += MOST) void answer(db, asks.slice(first, first + MOST));
  };

  return (db, key) =>
    new Promise((found, failed) => {
      const one = { key: names.map((name) => key[name]), found, failed };
      const asks = waiting.get(db);
      if (asks) asks.push(one);
      else {
        waiting.set(db, [one]);
        setImmediate(send, db);
      }
    });
};

/** Keys are filled up with nulls to a power of two, so that there are few texts to prepare. */
const sizeFor = (asks: number): number => 2 ** Math.ceil(Math.log2(asks));

/** The database, not a key, is why there is no answer. */
const isUnavailable = (error: unknown): boolean =>
  error instanceof RegistryError && error.code === 'UNAVAILABLE';
