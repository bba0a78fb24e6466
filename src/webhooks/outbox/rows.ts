import type { Db, Tx } from '../../database/database.ts';

/** The fact that tells up to which number of the audit log events were made into deliveries. */
export const POSITION = 'webhooks.position';

export const findPosition = async (db: Db): Promise<number | undefined> => {
  const row = await db
    .selectFrom('installation')
    .select('value')
    .where('name', '=', POSITION)
    .executeTakeFirst();
  return row && Number(row.value);
};

export const putPosition = async (tx: Tx, position: number): Promise<void> => {
  const value = String(position);
  await tx.uncached
    .insertInto('installation')
    .values({ name: POSITION, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
};

/** Counts events that were not kept for a hook. */
export const noteDropped = async (tx: Tx, hookId: string, count: number): Promise<void> => {
  await tx.uncached
    .updateTable('webhooks')
    .set(({ eb }) => ({ dropped: eb('dropped', '+', count) }))
    .where('id', '=', hookId)
    .execute();
};
