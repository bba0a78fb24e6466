import { setImmediate } from 'node:timers';
import { type Compilable, type CompiledQuery, type QueryCreator, sql } from 'kysely';
import { RegistryError } from '../errors.ts';
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

type Built<Row> = CompiledQuery<Row & { readonly ask: number }>;

/**
 * A query of one row by a key, for reads that very many requests make. Those that ask in the same turn of the event loop
 * ask with one statement, which leaves when the turn ends: a statement costs the driver as much for many keys as for one.
 * Kysely builds its text once for each connection and number of keys. `build` makes it of `wanted`, whose rows answer
 * at most one row each, and has no parameters of its own.
 */
export const askedTogether = <Name extends string, Row extends object>(
  names: readonly Name[],
  build: (from: AskedFrom<Name>) => Compilable<Row & { readonly ask: number }>,
): ((db: Db, key: Readonly<Record<Name, string>>) => Promise<Row | undefined>) => {
  const built = new WeakMap<Db, Map<number, Built<Row>>>();
  const waiting = new WeakMap<Db, Ask<Row>[]>();

  const buildFor = (db: Db, size: number): Built<Row> => {
    const rows = Array.from({ length: size }, (_, ask) => {
      const key = names.map(() => sql`${null}`);
      return sql`(${sql.join([sql.lit(ask), ...key])})`;
    });
    const columns = `wanted(${['ask', ...names].join(', ')})` as 'wanted(ask)';
    const from = db.with(columns, () => sql<Wanted<Name>>`(values ${sql.join(rows)})` as never);
    const query = build(from as unknown as AskedFrom<Name>).compile();
    if (query.parameters.length !== size * names.length)
      throw new Error('a query of several keys has a parameter beside them');
    return query as Built<Row>;
  };

  const queryOf = (db: Db, size: number): Built<Row> => {
    const known = built.get(db) ?? new Map<number, Built<Row>>();
    built.set(db, known);
    const query = known.get(size) ?? buildFor(db, size);
    known.set(size, query);
    return query;
  };

  const ask = async (db: Db, asks: readonly Ask<Row>[]): Promise<void> => {
    const query = queryOf(db, sizeFor(asks.length));
    const parameters: (string | null)[] = [];
    for (const { key } of asks) parameters.push(...key);
    while (parameters.length < query.parameters.length) parameters.push(null);
    const { rows } = await db
      .getExecutor()
      .executeQuery<Row & { readonly ask: number }>({ ...query, parameters });
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
