import type { Compilable, CompiledQuery } from 'kysely';
import type { Db } from './database.ts';

/**
 * A query of one row whose text is always the same, for reads that very many requests make: Kysely builds it once for each
 * connection, which costs as much as sending it. `build` gets a parameter by each name, and only such parameters.
 */
export const builtOnce = <Name extends string, Row>(
  names: readonly Name[],
  build: (db: Db, parameters: Readonly<Record<Name, string>>) => Compilable<Row>,
): ((db: Db, values: Readonly<Record<Name, string>>) => Promise<Row | undefined>) => {
  const built = new WeakMap<Db, CompiledQuery<Row>>();
  const isName = (parameter: unknown): parameter is Name => names.includes(parameter as Name);
  const buildFor = (db: Db): CompiledQuery<Row> => {
    const parameters: Record<string, string> = Object.fromEntries(names.map((name) => [name, name]));
    const query = build(db, parameters as Record<Name, string>).compile();
    if (!query.parameters.every(isName))
      throw new Error('a query that is built once has a parameter without a name');
    built.set(db, query);
    return query;
  };
  return async (db, values) => {
    const query = built.get(db) ?? buildFor(db);
    const parameters = query.parameters.map((name) => values[name as Name]);
    const { rows } = await db.getExecutor().executeQuery<Row>({ ...query, parameters });
    return rows[0];
  };
};
