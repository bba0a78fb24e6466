import type { Db, Tx } from '../../database/database.ts';

/** Whether bytes are held at `now`. */
export const areBytesHeld = async (db: Db, now: number): Promise<boolean> => {
  const held = await db
    .selectFrom('byte_holds')
    .select('id')
    .where('held_until', '>', now)
    .limit(1)
    .executeTakeFirst();
  return held !== undefined;
};

export const insertByteHold = async (tx: Tx, row: { id: string; held_until: number }): Promise<void> => {
  await tx.uncached.insertInto('byte_holds').values(row).execute();
};

/** False where the hold had lapsed and was taken away. */
export const changeByteHold = async (tx: Tx, id: string, heldUntil: number): Promise<boolean> => {
  const { numUpdatedRows } = await tx.uncached
    .updateTable('byte_holds')
    .set({ held_until: heldUntil })
    .where('id', '=', id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
};

export const deleteByteHold = async (tx: Tx, id: string): Promise<void> => {
  await tx.uncached.deleteFrom('byte_holds').where('id', '=', id).execute();
};

/** Takes away the holds that ended by `now`. There are few. */
export const deleteLapsedByteHolds = async (tx: Tx, now: number): Promise<void> => {
  await tx.uncached.deleteFrom('byte_holds').where('held_until', '<=', now).execute();
};
