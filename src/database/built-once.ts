import type { CompiledQuery, DialectAdapter, QueryResult } from 'kysely';
import type { Changing, Db } from './database.ts';
import type { Schema } from './schema.ts';

/*
 * Queries whose text is always the same, for what very many requests do: Kysely builds and compiles each of them once for an
 * engine, which costs several times what SQLite needs to run it. `build` gets a parameter by each name, and only such
 * parameters: a constant must be literal (`eb.lit`), and no branch may depend on a value.
 */

/** A text, and for each of its parameters which of the values it is. */
interface Built<Row> {
  readonly query: CompiledQuery<Row>;
  readonly places: readonly number[];
}

/** The texts of one query, by the number of its values. */
export class BuiltOnce<Row> {
  /** By engine: all connections and transactions of an engine have one adapter. */
  readonly #built = new WeakMap<DialectAdapter, Map<number, Built<Row>>>();

  /** `build` makes the query of as many stand-ins as there are values. */
  run(
    db: Db,
    values: readonly unknown[],
    build: (standIns: readonly string[]) => CompiledQuery<Row>,
  ): Promise<QueryResult<Row>> {
    const executor = db.getExecutor();
    const { query, places } = this.#of(executor.adapter, values.length, build);
    return executor.executeQuery<Row>({ ...query, parameters: places.map((place) => values[place]) });
  }

  #of(
    adapter: DialectAdapter,
    size: number,
    build: (standIns: readonly string[]) => CompiledQuery<Row>,
  ): Built<Row> {
    let ofEngine = this.#built.get(adapter);
    if (ofEngine === undefined) {
      ofEngine = new Map();
      this.#built.set(adapter, ofEngine);
    }
    const known = ofEngine.get(size);
    if (known !== undefined) return known;
    const standIns = Array.from({ length: size }, (_, place) => `value ${place}`);
    const query = build(standIns);
    const places = query.parameters.map((parameter) => standIns.indexOf(parameter as string));
    if (places.includes(-1))
      throw new Error(`a query that is built once has a parameter without a name: ${query.sql}`);
    const built = { query, places };
    ofEngine.set(size, built);
    return built;
  }
}

/** All keys of a type; a list that lacks one is refused by the compiler. */
type Every<Of, Keys extends readonly string[]> = [Exclude<keyof Of & string, Keys[number]>] extends [never]
  ? Keys
  : readonly (keyof Of & string)[] & { readonly lacks: Exclude<keyof Of & string, Keys[number]> };

const valuesOf = <Of extends object>(names: readonly string[], of: Of): unknown[] =>
  names.map((name) => of[name as keyof Of]);

const named = <Of>(names: readonly string[], values: readonly string[]): Of =>
  Object.fromEntries(names.map((name, place) => [name, values[place]])) as Of;

/** A query that reads. */
export const builtOnce = <Parameters extends object, Row, const Names extends readonly string[]>(
  names: Every<Parameters, Names>,
  build: (db: Db, parameters: Parameters) => { compile(): CompiledQuery<Row> },
): ((db: Db, values: Parameters) => Promise<Row[]>) => {
  const built = new BuiltOnce<Row>();
  return async (db, values) => {
    const { rows } = await built.run(db, valuesOf(names, values), (standIns) =>
      build(db, named(names, standIns)).compile(),
    );
    return rows;
  };
};

/** A statement that changes rows; answers how many. */
export const changeBuiltOnce = <
  Table extends keyof Schema,
  Parameters extends object,
  const Names extends readonly string[],
>(
  names: Every<Parameters, Names>,
  build: (tables: Changing<Table>, parameters: Parameters) => { compile(): CompiledQuery<unknown> },
): ((db: Db, tables: Changing<Table>, values: Parameters) => Promise<number>) => {
  const built = new BuiltOnce<unknown>();
  return async (db, tables, values) => {
    const { numAffectedRows } = await built.run(db, valuesOf(names, values), (standIns) =>
      build(tables, named(names, standIns)).compile(),
    );
    return Number(numAffectedRows ?? 0);
  };
};

/** What has more rows is built each time: a text is kept for each number of rows. */
const MOST_ROWS = 16;

/** A statement that writes several rows with these columns. */
export const rowsBuiltOnce = <
  Table extends keyof Schema,
  Row extends object,
  const Columns extends readonly string[],
>(
  columns: Every<Row, Columns>,
  build: (tables: Changing<Table>, rows: readonly Row[]) => { compile(): CompiledQuery<unknown> },
): ((db: Db, tables: Changing<Table>, rows: readonly Row[]) => Promise<void>) => {
  const built = new BuiltOnce<unknown>();
  return async (db, tables, rows) => {
    if (rows.length > MOST_ROWS) {
      await db.getExecutor().executeQuery(build(tables, rows).compile());
      return;
    }
    const values = rows.flatMap((row) => valuesOf(columns, row));
    await built.run(db, values, (standIns) => {
      const rowAt = (_: unknown, index: number): Row =>
        named(columns, standIns.slice(index * columns.length));
      return build(tables, rows.map(rowAt)).compile();
    });
  };
};

/** A query that reads by a list of texts, and by these other values. */
export const listBuiltOnce = <Parameters extends object, Row, const Names extends readonly string[]>(
  names: Every<Parameters, Names>,
  build: (db: Db, list: readonly string[], parameters: Parameters) => { compile(): CompiledQuery<Row> },
): ((db: Db, list: readonly string[], values: Parameters) => Promise<Row[]>) => {
  const built = new BuiltOnce<Row>();
  return async (db, list, values) => {
    const { rows } =
      list.length > MOST_ROWS
        ? await db.getExecutor().executeQuery<Row>(build(db, list, values).compile())
        : await built.run(db, [...valuesOf(names, values), ...list], (standIns) =>
            build(db, standIns.slice(names.length), named(names, standIns)).compile(),
          );
    return rows;
  };
};
