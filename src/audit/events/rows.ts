import type { Db, Tx } from '../../database/database.ts';
import type { AuditEventRow } from '../../database/schema.ts';

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
    .limit(limit)
    .execute();

export const insertEvent = async (tx: Tx, row: AuditEventRow): Promise<void> => {
  await tx.uncached.insertInto('audit_events').values(row).execute();
};
