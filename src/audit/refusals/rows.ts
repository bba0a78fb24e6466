import { inBatches } from '../../database/batches.ts';
import type { Db, Tx } from '../../database/database.ts';
import type { RefusalRow } from '../../database/quota-schema.ts';

/** What was refused to a request. */
export const findRefusal = (db: Db, requestId: string): Promise<RefusalRow | undefined> =>
  db
    .selectFrom('refused_requests')
    .innerJoin('refusals', 'refusals.id', 'refused_requests.refusal_id')
    .selectAll('refusals')
    .where('refused_requests.request_id', '=', requestId)
    .executeTakeFirst();

/** Adds a refusal with the requests it was refused to. */
export const insertRefusal = async (
  tx: Tx,
  row: RefusalRow,
  requestIds: readonly string[],
): Promise<void> => {
  await tx.uncached.insertInto('refusals').values(row).execute();
  const rows = requestIds.map((request_id) => ({ request_id, refusal_id: row.id }));
  await tx.uncached.insertInto('refused_requests').values(rows).execute();
};

/** Removes refusals older than this, the oldest first; answers how many. */
export const deleteRefusalsBefore = async (tx: Tx, at: number, limit: number): Promise<number> => {
  const rows = await tx.db
    .selectFrom('refusals')
    .select('id')
    .where('at', '<', at)
    .orderBy('at')
    .orderBy('id')
    .limit(limit)
    .execute();
  const ids = rows.map(({ id }) => id);
  await inBatches(ids, async (batch) => {
    await tx.uncached.deleteFrom('refusals').where('id', 'in', batch).execute();
    return [];
  });
  return ids.length;
};

/** Removes at most `limit` refusals of an account, with the requests they were refused to; answers how many. */
export const deleteRefusalsOfAccount = async (tx: Tx, accountId: string, limit: number): Promise<number> => {
  const rows = await tx.uncached
    .deleteFrom('refusals')
    .where('id', 'in', (select) =>
      select.selectFrom('refusals').select('id').where('account_id', '=', accountId).limit(limit),
    )
    .returning('id')
    .execute();
  return rows.length;
};
