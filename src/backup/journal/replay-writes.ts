import { defineWrite, type Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { JournalRow } from './objects.ts';
import {
  deleteAllNotes,
  deleteNamed,
  exists,
  insertNamed,
  markAccountRemoved,
  type Named,
  type RowValue,
  updateNamed,
} from './rows.ts';
import { columnsOf, JOURNAL_TABLES, type JournalTable } from './tables.ts';

export interface Applied {
  readonly removed: number;
  readonly changed: number;
  readonly added: number;
}

/** Brings rows to the state that the journal tells. The same rows may be applied again. */
export const applyJournal = defineWrite(
  'backup.journal.apply',
  async (tx: Tx, rows: readonly JournalRow[]): Promise<Applied> => {
    const applied = { removed: 0, changed: 0, added: 0 };
    for (const row of rows) {
      const done = await apply(tx, row);
      if (done) applied[done]++;
    }
    // the triggers have noted what was just taken from the journal
    await deleteAllNotes(tx);
    return applied;
  },
);

const apply = async (
  tx: Tx,
  { table, key, row }: JournalRow,
): Promise<'removed' | 'changed' | 'added' | undefined> => {
  const known = knownTable(table, key, row);
  const named: Named = { table, keyColumns: known.key, key };
  if (row === null) {
    const isGone = await (table === 'accounts' ? markAccountRemoved(tx, key[0]) : deleteNamed(tx, named));
    return isGone ? 'removed' : undefined;
  }
  const set = Object.fromEntries(Object.entries(row).filter(([column]) => !known.key.includes(column)));
  if (Object.keys(set).length > 0 && (await updateNamed(tx, named, set))) return 'changed';
  if (!known.restricts || !(await hasParents(tx, known, row))) return undefined;
  return (await insertNamed(tx, table, row)) ? 'added' : undefined;
};

/** What this program does not know may take rights away in a way that it would not see. */
const knownTable = (table: string, key: readonly RowValue[], row: JournalRow['row']): JournalTable => {
  const known = Object.hasOwn(JOURNAL_TABLES, table) ? JOURNAL_TABLES[table] : undefined;
  const columns = known ? columnsOf(known) : [];
  const unknown = Object.keys(row ?? {}).find((column) => !columns.includes(column));
  if (known === undefined || unknown !== undefined) {
    throw new RegistryError('BAD_REQUEST', {
      message: `the revocation journal tells of ${unknown === undefined ? table : `${table}.${unknown}`}, which this version does not know; restore with the version that the backup comes from, or a newer one`,
    });
  }
  if (key.length !== known.key.length)
    throw new RegistryError('BAD_REQUEST', { message: `the revocation journal has a wrong key of ${table}` });
  return known;
};

/** A row whose account was not in the backup has nothing to restrict. */
const hasParents = async (
  tx: Tx,
  { parents = {} }: JournalTable,
  row: Readonly<Record<string, RowValue>>,
) => {
  for (const [column, parent] of Object.entries(parents))
    if (!(await exists(tx.db, parent, 'id', row[column]))) return false;
  return true;
};
