import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { USAGE_COUNTED } from './contractions.ts';
import { type Db, defineWrite, type Tx } from './database.ts';
import type { Table } from './tables.ts';

type Value = string | number | null | Uint8Array;
/** The values of one row, in the order of the table's columns. */
export type Row = readonly Value[];

/** How far a copy has come, kept in the database that is being filled; while it is there the place is unfinished. */
export interface Progress {
  /** What tells the place it comes from: the name of that installation's first blob, or the snapshot of a backup. */
  readonly from: string;
  /** The command that fills it; without it, migrate-storage. */
  readonly by?: 'restore';
  /** For a restore: all rows are there, and what follows has begun to change them. */
  readonly filled?: true;
  /** By table: the key of the last row copied (for a restore: how many rows), or null when all are. */
  readonly tables: Readonly<Record<string, Row | null>>;
}

export const UNFINISHED = 'migrating';
/** PostgreSQL takes 65,535 parameters in a statement. */
const VALUES = 10_000;
/** A manifest has 1 KB as a rule, and up to 4 MiB. */
const LARGE_ROWS = 64;

/** How many rows are in memory at a time. */
export const batchOf = ({ bytes, columns }: Table): number =>
  bytes ? LARGE_ROWS : Math.max(1, Math.floor(VALUES / columns.length));

/**
 * The rows behind `after` (all, without it) in the order of the key. A number beyond those that are exact, which an early
 * version took from clients, becomes the greatest exact one: so it is the same on both engines.
 */
export const readRows = async (
  db: Db,
  { name, columns, key }: Table,
  after: Row | null | undefined,
  limit: number,
): Promise<Row[]> => {
  const order = sql.join(key.map((column) => sql.ref(column)));
  const behind = after ? sql`where (${order}) > (${sql.join(after)})` : sql``;
  const { rows } = await sql<Record<string, Value>>`
    select ${sql.join(columns.map((column) => sql.ref(column)))} from ${sql.table(name)} ${behind}
    order by ${order} limit ${sql.lit(limit)}`.execute(db);
  return rows.map((row) => columns.map((column) => exact(row[column] ?? null)));
};

const exact = (value: Value): Value =>
  typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER
    ? Math.sign(value) * Number.MAX_SAFE_INTEGER
    : value;

export const keyOf = ({ columns, key }: Table, row: Row): Row =>
  key.map((column) => row[columns.indexOf(column)] ?? null);

/** How many rows a table has and what is in them, the same on both engines; one batch in memory at a time. */
export const digestOfTable = async (db: Db, table: Table): Promise<{ rows: number; digest: string }> => {
  const hash = createHash('sha256');
  const limit = batchOf(table);
  let count = 0;
  for (let after: Row | undefined; ; ) {
    const rows = await readRows(db, table, after, limit);
    for (const row of rows) hash.update(`${JSON.stringify(row.map(printable))}\n`);
    count += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return { rows: count, digest: hash.digest('hex') };
    after = keyOf(table, last);
  }
};

export const countRows = async (db: Db, { name }: Pick<Table, 'name'>): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(name)}`.execute(db);
  return Number(rows[0]?.count ?? 0);
};

const printable = (value: Value): unknown =>
  value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : value;

export const findProgress = async (db: Db): Promise<Progress | undefined> => {
  const row = await db
    .selectFrom('installation')
    .select('value')
    .where('name', '=', UNFINISHED)
    .executeTakeFirst();
  return row && (JSON.parse(row.value) as Progress);
};

const keepProgress = async (tx: Tx, progress: Progress): Promise<void> => {
  const value = JSON.stringify(progress);
  await tx.uncached
    .insertInto('installation')
    .values({ name: UNFINISHED, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
};

export const beginCopy = defineWrite('metadata.copy.begin', async (tx, progress: Progress) => {
  await keepProgress(tx, progress);
});

/** Adds rows, and with them how far the copy has come. Rows that a migration made in both places are left. */
export const copyRows = defineWrite(
  'metadata.copy.rows',
  async (
    tx,
    { table, rows, progress }: { table: Table; rows: readonly Row[]; progress: Progress },
  ): Promise<void> => {
    if (rows.length > 0) {
      await sql`
        insert into ${sql.table(table.name)} (${sql.join(table.columns.map((column) => sql.ref(column)))})
        values ${sql.join(rows.map((row) => sql`(${sql.join(row)})`))} on conflict do nothing`.execute(tx.db);
    }
    await keepProgress(tx, progress);
  },
);

/**
 * Takes the note of the copy away and keeps what is known about the installation: a server starts on it from then on. What
 * the new place says of itself does not hold for what was copied.
 */
export const endCopy = async (tx: Tx, facts: readonly { name: string; value: string }[]): Promise<void> => {
  await tx.uncached.deleteFrom('installation').where('name', 'in', [UNFINISHED, USAGE_COUNTED]).execute();
  await forgetJournal(tx);
  await tx.uncached
    .insertInto('installation')
    .values(facts)
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet(({ ref }) => ({ value: ref('excluded.value') })),
    )
    .execute();
};

/**
 * The journal of revocations begins anew here: its numbers would otherwise be given twice. Filling the place has noted the
 * rows that it added, and no others.
 */
export const forgetJournal = async (tx: Tx): Promise<void> => {
  for (const table of ['journal_notes', 'journal_batches', 'journal_targets'] as const)
    await tx.uncached.deleteFrom(table).execute();
  await tx.uncached.updateTable('journal_line').set({ line: null }).execute();
};
