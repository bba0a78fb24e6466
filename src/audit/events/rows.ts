import type { AuditEventRow, AuditSettingsRow, NewAuditEventRow } from '../../database/audit-schema.ts';
import type { Db, Tx } from '../../database/database.ts';

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

export const insertEvents = async (tx: Tx, rows: readonly NewAuditEventRow[]): Promise<void> => {
  for (let start = 0; start < rows.length; start += AT_ONCE)
    await tx.uncached
      .insertInto('audit_events')
      .values(rows.slice(start, start + AT_ONCE))
      .execute();
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
