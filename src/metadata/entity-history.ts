import type { Db } from './database.ts';
import type { AuditEventRow } from './schema.ts';

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
