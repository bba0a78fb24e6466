import {
  batchOf,
  beginCopy,
  copyRows,
  digestOfTable,
  findProgress,
  keyOf,
  type Progress,
  type Row,
  readRows,
} from '../database/table-copy.ts';
import { listTables, type Table } from '../database/tables.ts';
import type { Places } from './migrate-storage-places.ts';
import type { Say } from './stored-blobs.ts';

/** Copied last, by a write of its own: it makes a place an installation. */
const LAST = 'installation';

/** The tables of both places, which must be the same with the same columns: an unknown table is never left behind. */
export const tablesToCopy = async ({ source, target }: Places): Promise<Table[]> => {
  const theirs = new Map((await listTables(target.database.db, 'postgres')).map((each) => [each.name, each]));
  const ours = await listTables(source.db, 'sqlite');
  for (const table of ours) {
    const other = theirs.get(table.name);
    theirs.delete(table.name);
    if (table.key.length === 0) throw new Error(`the table ${table.name} has no primary key`);
    if (String(other?.columns) !== String(table.columns) || String(other?.key) !== String(table.key))
      throw new Error(`the table ${table.name} is not the same in both places; nothing was copied`);
  }
  const [left] = theirs.keys();
  if (left !== undefined) throw new Error(`the new place has a table ${left} that the old one lacks`);
  return ours.filter(({ name }) => name !== LAST);
};

/** Marks the new place as unfinished, so that no server starts on it. Where an earlier run did so, reads how far it came. */
export const beginOrGoOn = async ({ source, target }: Places, say: Say): Promise<Progress> => {
  const known = await findProgress(target.database.db);
  if (known) {
    say('Going on where an earlier run stopped');
    return known;
  }
  const progress: Progress = { from: source.marker, tables: {} };
  await target.database.write(beginCopy, progress);
  return progress;
};

/** Copies every row in batches; each batch is one transaction, and records how far it came. */
export const copyTables = async (places: Places, begun: Progress, say: Say): Promise<void> => {
  const tables = await tablesToCopy(places);
  let progress = begun;
  for (const [index, table] of tables.entries()) {
    if (progress.tables[table.name] !== null) progress = await copyTable(places, table, progress);
    say(`Table ${index + 1} of ${tables.length} copied: ${table.name}`);
  }
};

const copyTable = async ({ source, target }: Places, table: Table, begun: Progress): Promise<Progress> => {
  const limit = batchOf(table);
  for (let progress = begun; ; ) {
    const rows = await readRows(source.db, table, progress.tables[table.name], limit);
    const last = rows.at(-1);
    const reached: Row | null = last === undefined || rows.length < limit ? null : keyOf(table, last);
    progress = { ...progress, tables: { ...progress.tables, [table.name]: reached } };
    await target.database.write(copyRows, { table, rows, progress });
    if (reached === null) return progress;
  }
};

/** Throws when a table has other rows there than here. */
export const verifyTables = async (places: Places, say: Say): Promise<void> => {
  const { source, target } = places;
  for (const table of await tablesToCopy(places)) {
    const [here, there] = await Promise.all([
      digestOfTable(source.db, table),
      digestOfTable(target.database.db, table),
    ]);
    if (here.rows !== there.rows || here.digest !== there.digest) {
      throw new Error(
        `the table ${table.name} is not the same in both places (${here.rows} rows here, ${there.rows} there); empty the new place and begin again`,
      );
    }
    say(`Same: ${table.name}, ${here.rows} rows, sha256 ${here.digest.slice(0, 16)}…`);
  }
};
