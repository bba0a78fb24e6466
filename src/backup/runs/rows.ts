import type { Updateable } from 'kysely';
import type { BackupRunRow } from '../../database/backup-schema.ts';
import type { Db, Tx } from '../../database/database.ts';

export const findBackupRun = (db: Db, id: string): Promise<BackupRunRow | undefined> =>
  db.selectFrom('backup_runs').selectAll().where('id', '=', id).executeTakeFirst();

/** Newest first. */
export const latestBackupRuns = (db: Db, limit: number): Promise<BackupRunRow[]> =>
  db
    .selectFrom('backup_runs')
    .selectAll()
    .where('started_at', '>', 0)
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();

/** The latest that ended well. */
export const latestDoneBackup = (db: Db): Promise<BackupRunRow | undefined> =>
  db
    .selectFrom('backup_runs')
    .selectAll()
    .where('started_at', '>', 0)
    .where('outcome', '=', 'done')
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();

export const insertBackupRun = async (tx: Tx, row: BackupRunRow): Promise<void> => {
  await tx.uncached.insertInto('backup_runs').values(row).execute();
};

export const changeBackupRun = async (
  tx: Tx,
  id: string,
  change: Updateable<BackupRunRow>,
): Promise<void> => {
  await tx.uncached.updateTable('backup_runs').set(change).where('id', '=', id).execute();
};

/** Forgets the runs that began before this time; there are few, since one is added at a time. */
export const deleteBackupRunsBefore = async (tx: Tx, startedAt: number): Promise<void> => {
  await tx.uncached.deleteFrom('backup_runs').where('started_at', '<', startedAt).execute();
};

/** Runs that say they are under way are not: there is one at a time, and another is about to begin. */
export const endBackupRuns = async (tx: Tx, reason: string): Promise<void> => {
  await tx.uncached
    .updateTable('backup_runs')
    .set({ outcome: 'stopped', reason })
    .where('started_at', '>', 0)
    .where('outcome', '=', 'running')
    .execute();
};
