import { type SqlBool, sql } from 'kysely';
import type { AuditEventRow, AuditSettingsRow, NewAuditEventRow } from '../../database/audit-schema.ts';
import { rowsBuiltOnce } from '../../database/built-once.ts';
import type { Changing, Db, Tx } from '../../database/database.ts';

/** What was done to an entity, newest first. */
export const historyOf = (
  db: Db,
  { accountId, target, limit }: { accountId: string; target: string; limit: number },
): Promise<AuditEventRow[]> =>
  db
    .selectFrom('audit_events')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('target', '=', target)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();

/** Both engines bound the parameters of a statement. */
const AT_ONCE = 500;

const putEvents = rowsBuiltOnce(
  [
    ...(['id', 'account_id', 'at', 'action', 'outcome', 'principal', 'credential_id', 'target'] as const),
    ...(['target_type', 'target_name', 'reference', 'digest', 'changed', 'address', 'agent'] as const),
    ...([
      'request_id',
      'region',
      'replica',
      'claims',
      'reason',
      'status',
      'times',
      'last_at',
      'number',
    ] as const),
  ],
  (tables: Changing<'audit_events'>, rows: readonly Omit<NewAuditEventRow, 'transaction_id'>[]) =>
    tables.insertInto('audit_events').values(rows),
);

export const insertEvents = async (tx: Tx, rows: readonly NewAuditEventRow[]): Promise<void> => {
  for (let start = 0; start < rows.length; start += AT_ONCE)
    await putEvents(tx.db, tx.uncached, rows.slice(start, start + AT_ONCE));
};

export const findAuditSettings = (db: Db, accountId: string): Promise<AuditSettingsRow | undefined> =>
  db.selectFrom('audit_settings').selectAll().where('account_id', '=', accountId).executeTakeFirst();

export const putAuditSettings = async (tx: Tx, row: AuditSettingsRow): Promise<void> => {
  const { account_id: accountId, ...set } = row;
  await tx
    .changed('audit-settings', accountId)
    .insertInto('audit_settings')
    .values(row)
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(set))
    .execute();
};

/** Columns that find events through an index of their own, within an account. */
export type FoundBy = 'target' | 'credential_id' | 'principal';

export interface TimeAsk {
  /** Undefined: those of every account, and of none. */
  readonly accountId: string | undefined;
  readonly by: { readonly column: FoundBy; readonly value: string } | undefined;
  /** Milliseconds: from, and up to but not with. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** Where the last page ended. */
  readonly before: { readonly at: number; readonly id: string } | undefined;
  readonly limit: number;
}

/** Events by time, newest first. */
export const eventsByTime = (db: Db, ask: TimeAsk): Promise<AuditEventRow[]> => {
  const { accountId, by, since, until, before, limit } = ask;
  let select = db.selectFrom('audit_events').selectAll();
  if (accountId !== undefined) select = select.where('account_id', '=', accountId);
  if (by) select = select.where(by.column, '=', by.value);
  if (since !== undefined) select = select.where('at', '>=', since);
  if (until !== undefined) select = select.where('at', '<', until);
  if (before)
    select = select.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('at', 'id'), '<', tuple(before.at, before.id)),
    );
  return select.orderBy('at', 'desc').orderBy('id', 'desc').limit(limit).execute();
};

/** Events behind a number, in their order. */
export const eventsByNumber = (db: Db, after: number, limit: number): Promise<AuditEventRow[]> =>
  db
    .selectFrom('audit_events')
    .selectAll()
    .where('number', '>', after)
    .orderBy('number')
    .limit(limit)
    .execute();

/** SQLite has one writer, PostgreSQL any number of them. */
export type Engine = 'sqlite' | 'postgres';

/** Whether an event has no number yet. */
export const hasUnnumbered = async (db: Db): Promise<boolean> => {
  const found = await db
    .selectFrom('audit_events')
    .select('id')
    .where('number', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
};

/** Removes events by their numbers, a few hundred at a time. */
export const deleteNumbered = async (tx: Tx, numbers: readonly number[]): Promise<void> => {
  if (numbers.length === 0) return;
  await tx.uncached.deleteFrom('audit_events').where('number', 'in', numbers).execute();
};

const LAST_NUMBER = 'audit.last-number';

/** How often this installation was restored from a backup. */
const RESTORED = 'restore-generation';
/** Numbers that one history of the installation may give out. */
const A_HISTORY = 1e12;

/** How often the installation was restored: with each restore another history begins. */
export const findHistory = async (db: Db): Promise<number> => {
  const row = await db
    .selectFrom('installation')
    .select('value')
    .where('name', '=', RESTORED)
    .executeTakeFirst();
  const history = Number(row?.value ?? 0);
  return Number.isSafeInteger(history) && history >= 0 ? history : 0;
};

/** The first number of a history. What was given out before the restore, and is in no backup, is not given out again. */
export const firstNumberOf = (history: number): number => history * A_HISTORY + 1;

/** The number of the event that got one last; it may be removed meanwhile. */
export const lastNumber = async (db: Db): Promise<number> => {
  const row = await db
    .selectFrom('installation')
    .select('value')
    .where('name', '=', LAST_NUMBER)
    .executeTakeFirst();
  return Number(row?.value ?? 0);
};

/**
 * Gives the next numbers to at most `limit` events, and answers to how many. On PostgreSQL only to those of transactions
 * before which none can still commit; so what has no number yet comes behind. A transaction id that is not given out yet
 * belongs to another cluster, from which the rows were copied.
 */
export const numberEvents = async (tx: Tx, engine: Engine, limit: number): Promise<number> => {
  // the sign keeps SQLite from reading the whole table in the order of its rowids: the index knows those without a number
  const order = engine === 'sqlite' ? sql`+rowid` : sql`transaction_id, at, id`;
  const last = Math.max(await lastNumber(tx.db), firstNumberOf(await findHistory(tx.db)) - 1);
  const { numUpdatedRows } = await tx.uncached
    .updateTable('audit_events')
    .from((from) =>
      from
        .selectFrom('audit_events')
        .select('id')
        .select(sql<number>`${sql.lit(last)} + row_number() over (order by ${order})`.as('place'))
        .where('number', 'is', null)
        .$if(engine === 'postgres', (select) => select.where(HAS_ENDED))
        .orderBy(order)
        .limit(limit)
        .as('given'),
    )
    .set(({ ref }) => ({ number: ref('given.place') }))
    .whereRef('audit_events.id', '=', 'given.id')
    .executeTakeFirst();
  const count = Number(numUpdatedRows);
  if (count > 0) await putLastNumber(tx, last + count);
  return count;
};

const HAS_ENDED = sql<SqlBool>`(transaction_id is null
  or transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  or transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)`;

const putLastNumber = async (tx: Tx, number: number): Promise<void> => {
  const value = String(number);
  await tx.uncached
    .insertInto('installation')
    .values({ name: LAST_NUMBER, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
};

export const deleteAuditSettings = async (tx: Tx, accountId: string): Promise<void> => {
  await tx
    .changed('audit-settings', accountId)
    .deleteFrom('audit_settings')
    .where('account_id', '=', accountId)
    .execute();
};
