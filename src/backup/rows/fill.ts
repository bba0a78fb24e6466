import type { Db } from '../../database/database.ts';
import { type Filling, unknownMigrations } from '../../database/filling.ts';
import {
  batchOf,
  beginCopy,
  copyRows,
  countRows,
  type Progress,
  type Row,
} from '../../database/table-copy.ts';
import { listTables, type Table } from '../../database/tables.ts';
import { type FiledTable, type RowCounts, RowFileFault, type RowFileHead, readRowFile } from './row-file.ts';

/** Written last, by a transaction of their own: they make a place an installation. */
const FACTS = 'installation';
const SIGNING_KEYS = 'signing_keys';

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** What has to be known of a rows file before anything is written. */
export interface RowFileContent {
  readonly head: RowFileHead;
  readonly tables: RowCounts;
  readonly facts: readonly Fact[];
  /** The signing keys, sealed under the master key of the installation the rows are of. */
  readonly signingKeys: readonly { readonly id: string; readonly sealed: string }[];
}

/** Reads a rows file to its end: what this answers was not damaged anywhere. */
export const inspectRows = async (bytes: AsyncIterable<Uint8Array>): Promise<RowFileContent> => {
  let head: RowFileHead | undefined;
  let tables: RowCounts | undefined;
  const facts: Fact[] = [];
  const signingKeys: { id: string; sealed: string }[] = [];
  for await (const part of readRowFile(bytes)) {
    if (part.kind === 'head') head = part.head;
    else if (part.kind === 'end') tables = part.tables;
    else if (part.kind === 'rows' && part.table.name === FACTS)
      facts.push(...part.rows.map(factOf(part.table)));
    else if (part.kind === 'rows' && part.table.name === SIGNING_KEYS)
      signingKeys.push(...part.rows.map((row) => textsOf(part.table, row, ['id', 'sealed'])));
  }
  if (!head || !tables) throw new RowFileFault('the rows file is cut off');
  return { head, tables, facts, signingKeys };
};

const factOf = (table: FiledTable) => (row: Row) => textsOf(table, row, ['name', 'value']);

const textsOf = <Name extends string>(
  { columns }: FiledTable,
  row: Row,
  names: readonly Name[],
): Record<Name, string> =>
  Object.fromEntries(names.map((name) => [name, String(row[columns.indexOf(name)])])) as Record<Name, string>;

/** Refuses rows of a later version: this program does not know what they mean. */
export const refuseNewer = ({ migrations }: RowFileHead): void => {
  const unknown = unknownMigrations(migrations);
  if (unknown.length > 0)
    throw new Error(
      `the backup was taken by a newer version of this program (schema ${unknown.join(', ')}); restore it with that version`,
    );
};

export interface FillOptions {
  /** Told of each table that is complete. */
  readonly onTable?: (name: string, rows: number) => void;
}

/**
 * Puts the rows of a file into a place that `openFilling` made with the file's own migrations. It goes on where an earlier
 * run stopped. Each batch is one transaction that also notes how far it came.
 */
export const fillRows = async (
  filling: Filling,
  bytes: AsyncIterable<Uint8Array>,
  { onTable }: FillOptions = {},
): Promise<void> => {
  if (filling.progress.filled) return;
  const places = new Map((await listTables(filling.db, filling.engine)).map((table) => [table.name, table]));
  const filler = new Filler(filling);
  let leftOut: readonly string[] = [];
  for await (const part of readRowFile(bytes)) {
    if (part.kind === 'head') leftOut = part.head.leftOut;
    else if (part.kind === 'table') {
      await filler.endTable(onTable);
      filler.beginTable(matching(places, part.table));
    } else if (part.kind === 'rows') for (const row of part.rows) await filler.add(row);
    else {
      await filler.endTable(onTable);
      const lost = [...places.keys()].find((name) => !(name in part.tables) && !leftOut.includes(name));
      if (lost !== undefined)
        throw new RowFileFault(`the rows file lacks the table ${lost} of its own schema`);
      await refuseMissing(filling.db, places, part.tables);
    }
  }
  await filling.write(beginCopy, { ...filler.progress, filled: true });
};

/** How much may wait for its transaction, about: a manifest has 1 KB as a rule, and up to 4 MiB. */
const BATCH_BYTES = 8 * 1024 * 1024;

class Filler {
  readonly #filling: Filling;
  #progress: Progress;
  #table: Table | undefined;
  #rows: Row[] = [];
  #bytes = 0;
  /** Rows of the table that came from the file; those that an earlier run wrote among them. */
  #count = 0;
  #written = 0;

  constructor(filling: Filling) {
    this.#filling = filling;
    this.#progress = filling.progress;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** A table of which the progress says null is complete. */
  beginTable(table: Table): void {
    const reached = this.#progress.tables[table.name];
    this.#table = table;
    this.#count = 0;
    this.#written =
      reached === null || table.name === FACTS ? Number.POSITIVE_INFINITY : Number(reached?.[0] ?? 0);
  }

  async add(row: Row): Promise<void> {
    const table = this.#table;
    if (!table || ++this.#count <= this.#written) return;
    this.#rows.push(row);
    for (const value of row) if (value instanceof Uint8Array) this.#bytes += value.byteLength;
    if (this.#rows.length >= batchOf(table) || this.#bytes >= BATCH_BYTES)
      await this.#write(table, [this.#count]);
  }

  async endTable(onTable: FillOptions['onTable']): Promise<void> {
    const table = this.#table;
    if (!table) return;
    if (this.#written !== Number.POSITIVE_INFINITY) await this.#write(table, null);
    onTable?.(table.name, this.#count);
  }

  async #write(table: Table, reached: Row | null): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    this.#bytes = 0;
    const tables = { ...this.#progress.tables, [table.name]: reached };
    this.#progress = { ...this.#progress, tables };
    await this.#filling.write(copyRows, { table, rows, progress: this.#progress });
  }
}

/** The file's table as it is in the place; the same migrations made both. */
const matching = (places: ReadonlyMap<string, Table>, { name, columns, key }: FiledTable): Table => {
  const table = places.get(name);
  if (String(table?.columns) !== String(columns) || String(table?.key) !== String(key) || !table)
    throw new RowFileFault(`the rows file has a table ${name} that its own schema does not have`);
  return table;
};

const refuseMissing = async (
  db: Db,
  places: ReadonlyMap<string, Table>,
  tables: RowCounts,
): Promise<void> => {
  for (const [name, rows] of Object.entries(tables)) {
    const table = places.get(name);
    if (!table || name === FACTS) continue;
    const found = await countRows(db, table);
    if (found !== rows)
      throw new Error(
        `the table ${name} has ${found} rows in the new place instead of ${rows}; empty it and begin again`,
      );
  }
};
