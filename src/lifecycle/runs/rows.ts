import type { Updateable } from 'kysely';
import type { Db, Tx } from '../../database/database.ts';
import type { CollectionRunRow } from '../../database/schema.ts';

export const findCollectionRun = (db: Db, id: string): Promise<CollectionRunRow | undefined> =>
  db.selectFrom('collection_runs').selectAll().where('id', '=', id).executeTakeFirst();

/** Newest first. */
export const latestCollectionRuns = (db: Db, limit: number): Promise<CollectionRunRow[]> =>
  db
    .selectFrom('collection_runs')
    .selectAll()
    .where('started_at', '>', 0)
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();

export const insertCollectionRun = async (tx: Tx, row: CollectionRunRow): Promise<void> => {
  await tx.uncached.insertInto('collection_runs').values(row).execute();
};

export const updateCollectionRun = async (
  tx: Tx,
  id: string,
  change: Updateable<CollectionRunRow>,
): Promise<void> => {
  await tx.uncached.updateTable('collection_runs').set(change).where('id', '=', id).execute();
};

/** Forgets the runs that began before this one; one was added, so there are few. */
export const deleteCollectionRunsBefore = async (tx: Tx, startedAt: number): Promise<void> => {
  await tx.uncached.deleteFrom('collection_runs').where('started_at', '<', startedAt).execute();
};

/** Runs since `since` that say they are under way are not: there is one at a time, and another is about to begin. */
export const endCollectionRuns = async (tx: Tx, since: number, reason: string): Promise<void> => {
  await tx.uncached
    .updateTable('collection_runs')
    .set({ outcome: 'stopped', reason })
    .where('started_at', '>=', since)
    .where('outcome', '=', 'running')
    .execute();
};
