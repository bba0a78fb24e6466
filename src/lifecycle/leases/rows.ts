import type { Db, Tx } from '../../database/database.ts';
import type { JobLeaseRow } from '../../database/schema.ts';

export const findJobLease = (db: Db, name: string): Promise<JobLeaseRow | undefined> =>
  db.selectFrom('job_leases').selectAll().where('name', '=', name).executeTakeFirst();

export const putJobLease = async (tx: Tx, row: JobLeaseRow): Promise<void> => {
  await tx.uncached
    .insertInto('job_leases')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder: row.holder, held_until: row.held_until, due_at: row.due_at }),
    )
    .execute();
};

/** Changes a lease that is still `holder`'s; false when another has taken it over. */
export const changeJobLease = async (
  tx: Tx,
  name: string,
  holder: string,
  change: { held_until: number; due_at?: number },
): Promise<boolean> => {
  const { numUpdatedRows } = await tx.uncached
    .updateTable('job_leases')
    .set(change)
    .where('name', '=', name)
    .where('holder', '=', holder)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
};

/** For a database that no other process has open: the holders of its leases are gone. */
export const releaseJobLeases = async (tx: Tx): Promise<void> => {
  await tx.uncached.updateTable('job_leases').set({ held_until: 0 }).execute();
};
