import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../database/database.ts';
import type { JournalBatchRow, JournalLineRow, JournalTargetRow } from '../../database/journal-schema.ts';

const LINE = 'journal';

export type RowValue = string | number | null;

export const findLine = (db: Db): Promise<JournalLineRow | undefined> =>
  db.selectFrom('journal_line').selectAll().where('name', '=', LINE).executeTakeFirst();

export const putLine = async (tx: Tx, set: Omit<JournalLineRow, 'name'>): Promise<void> => {
  await tx.uncached
    .insertInto('journal_line')
    .values({ name: LINE, ...set })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(set))
    .execute();
};

/** The oldest notes that are in no batch yet. */
export const someNotes = async (db: Db, limit: number): Promise<number[]> => {
  const rows = await db.selectFrom('journal_notes').select('id').orderBy('id').limit(limit).execute();
  return rows.map(({ id }) => id);
};

export interface Noted {
  readonly table_name: string;
  readonly row_key: string;
}

export const notesOf = (db: Db, ids: readonly number[]): Promise<Noted[]> =>
  db
    .selectFrom('journal_notes')
    .select(['table_name', 'row_key'])
    .where('id', 'in', ids)
    .orderBy('id')
    .execute();

export const deleteNotes = async (tx: Tx, ids: readonly number[]): Promise<void> => {
  await tx.uncached.deleteFrom('journal_notes').where('id', 'in', ids).execute();
};

export const deleteAllNotes = async (tx: Tx): Promise<void> => {
  await tx.uncached.deleteFrom('journal_notes').execute();
};

export const insertBatch = async (tx: Tx, row: JournalBatchRow): Promise<void> => {
  await tx.uncached.insertInto('journal_batches').values(row).execute();
};

/** The first batch behind a number. */
export const batchAfter = (db: Db, number: number): Promise<JournalBatchRow | undefined> =>
  db
    .selectFrom('journal_batches')
    .selectAll()
    .where('number', '>', number)
    .orderBy('number')
    .limit(1)
    .executeTakeFirst();

export const batchesUpTo = async (db: Db, number: number, limit: number): Promise<number[]> => {
  const rows = await db
    .selectFrom('journal_batches')
    .select('number')
    .where('number', '<=', number)
    .orderBy('number')
    .limit(limit)
    .execute();
  return rows.map((row) => row.number);
};

export const deleteBatches = async (tx: Tx, numbers: readonly number[]): Promise<void> => {
  await tx.uncached.deleteFrom('journal_batches').where('number', 'in', numbers).execute();
};

/** How many rows the batches note that are still here. */
export const waitingRows = async (db: Db): Promise<number> => {
  const { rows } = await db
    .selectFrom('journal_batches')
    .select(({ fn }) => fn.sum<number | null>('size').as('rows'))
    .where('number', '>', 0)
    .executeTakeFirstOrThrow();
  return Number(rows ?? 0);
};

/** Every target the journal was begun in, a few; those given up are among them. */
export const listTargets = (db: Db): Promise<JournalTargetRow[]> =>
  db.selectFrom('journal_targets').selectAll().orderBy('location').execute();

export const putTarget = async (tx: Tx, row: JournalTargetRow): Promise<void> => {
  const { location: _location, ...set } = row;
  await tx.uncached
    .insertInto('journal_targets')
    .values(row)
    .onConflict((conflict) => conflict.column('location').doUpdateSet(set))
    .execute();
};

export const updateTarget = async (
  tx: Tx,
  location: string,
  set: Partial<Omit<JournalTargetRow, 'location'>>,
): Promise<void> => {
  await tx.uncached.updateTable('journal_targets').set(set).where('location', '=', location).execute();
};

export const deleteTarget = async (tx: Tx, location: string): Promise<void> => {
  await tx.uncached.deleteFrom('journal_targets').where('location', '=', location).execute();
};

/** A row that the journal tells of: the caller has its table's name and columns from the closed list. */
export interface Named {
  readonly table: string;
  readonly keyColumns: readonly string[];
  readonly key: readonly RowValue[];
}

const isRow = ({ keyColumns, key }: Named): RawBuilder<unknown> =>
  sql.join(
    keyColumns.map((column, index) => sql`${sql.ref(column)} = ${key[index]}`),
    sql` and `,
  );

const named = (columns: readonly string[]): RawBuilder<unknown> =>
  sql.join(columns.map((column) => sql.ref(column)));

export const readNamed = async (
  db: Db,
  row: Named,
  columns: readonly string[],
): Promise<Record<string, RowValue> | undefined> => {
  const { rows } = await sql<Record<string, RowValue>>`
    select ${named(columns)} from ${sql.table(row.table)} where ${isRow(row)}`.execute(db);
  return rows[0];
};

export const exists = async (
  db: Db,
  table: string,
  column: string,
  value: RowValue | undefined,
): Promise<boolean> => {
  const { rows } = await sql`
    select 1 from ${sql.table(table)} where ${sql.ref(column)} = ${value ?? null}`.execute(db);
  return rows.length > 0;
};

/**
 * An account that was removed still has its namespaces in the backup, since their removal is no revocation. So nothing of it
 * is accepted, and the server clears it away as it does any other, a piece at a time. That it has begun cannot be undone.
 */
export const markAccountRemoved = async (tx: Tx, id: RowValue | undefined): Promise<boolean> => {
  const { numAffectedRows } = await sql`
    update accounts set state = 'SUSPENDED', delete_at = created_at, clearing_since = created_at
    where id = ${id ?? null}`.execute(tx.db);
  return (numAffectedRows ?? 0n) > 0n;
};

/** The next three change rows of a database that no server runs on: no cache keeps any of it. */
export const deleteNamed = async (tx: Tx, row: Named): Promise<boolean> => {
  const { numAffectedRows } = await sql`delete from ${sql.table(row.table)} where ${isRow(row)}`.execute(
    tx.db,
  );
  return (numAffectedRows ?? 0n) > 0n;
};

export const updateNamed = async (
  tx: Tx,
  row: Named,
  set: Readonly<Record<string, RowValue>>,
): Promise<boolean> => {
  const assignments = Object.entries(set).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
  const { numAffectedRows } = await sql`
    update ${sql.table(row.table)} set ${sql.join(assignments)} where ${isRow(row)}`.execute(tx.db);
  return (numAffectedRows ?? 0n) > 0n;
};

export const insertNamed = async (
  tx: Tx,
  table: string,
  row: Readonly<Record<string, RowValue>>,
): Promise<boolean> => {
  const columns = Object.keys(row);
  const { numAffectedRows } = await sql`
    insert into ${sql.table(table)} (${named(columns)})
    values (${sql.join(columns.map((column) => row[column]))}) on conflict do nothing`.execute(tx.db);
  return (numAffectedRows ?? 0n) > 0n;
};
