import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { Engine } from './engine.ts';

/** A table as the database itself describes it: no list of tables is kept by hand. */
export interface Table {
  readonly name: string;
  /** In one order on both engines. */
  readonly columns: readonly string[];
  /** The columns of the primary key, in the key's order. */
  readonly key: readonly string[];
  /** True when a column holds bytes: its rows may be large. */
  readonly bytes: boolean;
}

interface ColumnRow {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  /** Position in the primary key from 1; 0: not of it. */
  readonly key: number;
}

interface ReferenceRow {
  readonly table: string;
  readonly target: string;
}

/** The engine's own: Kysely's notes of migrations, and PostgreSQL's change feed. */
const OF_THE_ENGINE = /^(kysely_migration(_lock)?|changes)$/;

/**
 * What holds for this place alone, and nowhere its rows are copied to: what of the revocation journal waits here for which
 * targets, and how far this database has come beside its bytes.
 */
const OF_THE_PLACE = /^(journal_(notes|batches|targets)|storage_position)$/;

const COLUMNS = {
  sqlite: sql<ColumnRow>`
    select m.name as "table", c.name as name, lower(c.type) as type, c.pk as key
    from sqlite_master m, pragma_table_info(m.name) c
    where m.type = 'table' and m.name not like 'sqlite\\_%' escape '\\'`,
  postgres: sql<ColumnRow>`
    select c.table_name as "table", c.column_name as name, c.data_type as type,
      coalesce((
        select array_position(k.conkey::int[], a.attnum::int) from pg_constraint k
        join pg_attribute a on a.attrelid = k.conrelid and a.attname = c.column_name
        where k.contype = 'p' and k.conrelid = format('%I.%I', c.table_schema, c.table_name)::regclass
      ), 0)::int as key
    from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = current_schema() and t.table_type = 'BASE TABLE'`,
};

const REFERENCES = {
  sqlite: sql<ReferenceRow>`
    select m.name as "table", f."table" as target from sqlite_master m, pragma_foreign_key_list(m.name) f
    where m.type = 'table'`,
  postgres: sql<ReferenceRow>`
    select k.conrelid::regclass::text as "table", k.confrelid::regclass::text as target from pg_constraint k
    where k.contype = 'f' and k.connamespace = current_schema()::regnamespace`,
};

/** Every table that holds what the program knows, each after those it refers to; not what is of this place alone. */
export const listTables = async (db: Db, engine: Engine): Promise<Table[]> => {
  const { rows: columns } = await COLUMNS[engine].execute(db);
  const { rows: references } = await REFERENCES[engine].execute(db);
  const own = columns.filter(({ table }) => !OF_THE_ENGINE.test(table) && !OF_THE_PLACE.test(table));
  const tables = Object.entries(Object.groupBy(own, ({ table }) => table)).map(([name, rows = []]) =>
    describe(name, rows),
  );
  return inOrder(
    tables.sort((one, other) => (one.name < other.name ? -1 : 1)),
    references,
  );
};

const describe = (name: string, rows: readonly ColumnRow[]): Table => ({
  name,
  columns: rows.map((row) => row.name).sort(),
  key: rows
    .filter(({ key }) => key > 0)
    .sort((one, other) => one.key - other.key)
    .map((row) => row.name),
  bytes: rows.some(({ type }) => type === 'blob' || type === 'bytea'),
});

const inOrder = (tables: readonly Table[], references: readonly ReferenceRow[]): Table[] => {
  const waiting = new Map(tables.map((table) => [table.name, table]));
  const ordered: Table[] = [];
  while (waiting.size > 0) {
    const free = [...waiting.values()].filter(
      ({ name }) => !references.some(({ table, target }) => table === name && waiting.has(target)),
    );
    if (free.length === 0)
      throw new Error(`the tables ${[...waiting.keys()].join(', ')} refer to each other in a circle`);
    for (const table of free) {
      waiting.delete(table.name);
      ordered.push(table);
    }
  }
  return ordered;
};
