import type { CompiledQuery, DialectAdapter, QueryResult } from 'kysely';
import type { Changing, Db } from './database.ts';
import type { Schema } from './schema.ts';

/*
 * Queries whose text is always the same, for what very many requests do: Kysely builds and compiles each of them once for an
 * engine, which costs several times what SQLite needs to run it. `build` gets a parameter by each name, and only such
 * parameters: a constant must be literal (`eb.lit`), and no branch may depend on a value.
 */

/** A text, and the names of its parameters in their order. */
interface Built<Row> {
  readonly query: CompiledQuery<Row>;
  readonly names: readonly string[];
}

type Values = Readonly<Record<string, unknown>>;

class BuiltOnce<Row> {
  /** By engine: all connections and transactions of an engine have one adapter. */
  readonly #built = new WeakMap<DialectAdapter, Built<Row>>();
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  run(db: Db, values: Values, build: (parameters: Values) => CompiledQuery<Row>): Promise<QueryResult<Row>> {
    const executor = db.getExecutor();
    const { query, names } = this.#built.get(executor.adapter) ?? this.#build(executor.adapter, build);
    const parameters = names.map((name) => values[name]);
    return executor.executeQuery<Row>({ ...query, parameters });
  }

  #build(adapter: DialectAdapter, build: (parameters: Values) => CompiledQuery<Row>): Built<Row> {
    const query = build(Object.fromEntries(this.#names.map((name) => [name, name])));
    const names = query.parameters.map((parameter) => {
      if (!this.#names.includes(parameter as string))
        throw new Error(`a query that is built once has a parameter without a name: ${query.sql}`);
      return parameter as string;
    });
    const built = { query, names };
    this.#built.set(adapter, built);
    return built;
  }
}

/** All keys of a type; a list that lacks one is refused by the compiler. */
type Every<Of, Keys extends readonly string[]> = [Exclude<keyof Of & string, Keys[number]>] extends [never]
  ? Keys
  : readonly (keyof Of & string)[] & { readonly lacks: Exclude<keyof Of & string, Keys[number]> };

/** A query that reads. */
export const builtOnce = <Parameters extends object, Row, const Names extends readonly string[]>(
  names: Every<Parameters, Names>,
  build: (db: Db, parameters: Parameters) => { compile(): CompiledQuery<Row> },
): ((db: Db, values: Parameters) => Promise<Row[]>) => {
  const built = new BuiltOnce<Row>(names);
  return async (db, values) => {
    const { rows } = await built.run(db, values as Values, (parameters) =>
      build(db, parameters as Parameters).compile(),
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
  const built = new BuiltOnce<unknown>(names);
  return async (db, tables, values) => {
    const { numAffectedRows } = await built.run(db, values as Values, (parameters) =>
      build(tables, parameters as Parameters).compile(),
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
  const byCount = Array.from({ length: MOST_ROWS + 1 }, (_, count) => {
    const names = Array.from({ length: count }, (_each, index) =>
      columns.map((column) => `${column} ${index}`),
    );
    return new BuiltOnce<unknown>(names.flat());
  });
  const rowIn = (values: Values, index: number): Row =>
    Object.fromEntries(columns.map((column) => [column, values[`${column} ${index}`]])) as Row;
  return async (db, tables, rows) => {
    const built = byCount[rows.length];
    if (built === undefined) {
      await db.getExecutor().executeQuery(build(tables, rows).compile());
      return;
    }
    const values: Record<string, unknown> = {};
    for (const [index, row] of rows.entries())
      for (const column of columns) values[`${column} ${index}`] = row[column as keyof Row];
    await built.run(db, values, (parameters) =>
      build(
        tables,
        rows.map((_, index) => rowIn(parameters, index)),
      ).compile(),
    );
  };
};

/** A query that reads by a list of texts, and by these other values. */
export const listBuiltOnce = <Parameters extends object, Row, const Names extends readonly string[]>(
  names: Every<Parameters, Names>,
  build: (db: Db, list: readonly string[], parameters: Parameters) => { compile(): CompiledQuery<Row> },
): ((db: Db, list: readonly string[], values: Parameters) => Promise<Row[]>) => {
  const byCount = Array.from({ length: MOST_ROWS + 1 }, (_, count) => {
    const listed = Array.from({ length: count }, (_each, index) => `${index}`);
    return { listed, built: new BuiltOnce<Row>([...names, ...listed]) };
  });
  return async (db, list, values) => {
    const kept = byCount[list.length];
    if (kept === undefined) {
      const { rows } = await db.getExecutor().executeQuery<Row>(build(db, list, values).compile());
      return rows;
    }
    const { rows } = await kept.built.run(
      db,
      { ...values, ...Object.fromEntries(list.entries()) },
      (parameters) => build(db, kept.listed, parameters as Parameters).compile(),
    );
    return rows;
  };
};
