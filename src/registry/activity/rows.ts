import type { Db, Tx } from '../../database/database.ts';
import type { RepositoryActivityRow } from '../../database/schema.ts';
import { REMOVED } from '../../tenancy/tx.ts';

/** A new repository. */
export const insertActivity = async (tx: Tx, row: RepositoryActivityRow): Promise<void> => {
  await tx.uncached
    .insertInto('repository_activity')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
};

/** Something was pushed to it or pulled from it at this time, unless something was later. */
export const noteActivity = async (
  tx: Tx,
  repositoryId: string,
  { pushedAt, pulledAt }: { pushedAt: number | undefined; pulledAt: number | undefined },
): Promise<void> => {
  const update = () =>
    tx.uncached.updateTable('repository_activity').where('repository_id', '=', repositoryId);
  if (pushedAt !== undefined)
    await update().set({ pushed_at: pushedAt }).where('pushed_at', '<', pushedAt).execute();
  if (pulledAt !== undefined)
    await update()
      .set({ pulled_at: pulledAt })
      .where(({ eb, or }) => or([eb('pulled_at', 'is', null), eb('pulled_at', '<', pulledAt)]))
      .execute();
};

/** What a repository lacks that was there before its lists were ordered. */
export interface Unfilled {
  readonly id: string;
  readonly namespaceId: string;
  readonly createdAt: number;
  readonly hasActivity: number | null;
  /** A tag without a key. */
  readonly unkeyed: string | null;
}

/** Repositories behind an id, with what they lack. */
export const repositoriesToFill = (db: Db, after: string, limit: number): Promise<Unfilled[]> =>
  db
    .selectFrom('repositories')
    .leftJoin('repository_activity', 'repository_activity.repository_id', 'repositories.id')
    .select([
      'repositories.id',
      'repositories.namespace_id as namespaceId',
      'repositories.created_at as createdAt',
      'repository_activity.pushed_at as hasActivity',
    ])
    .select((select) =>
      select
        .selectFrom('tags')
        .select('tags.repository_id')
        .whereRef('tags.repository_id', '=', 'repositories.id')
        .where('tags.name_key', 'is', null)
        .limit(1)
        .as('unkeyed'),
    )
    .where('repositories.id', '>', after)
    .where('repositories.region_id', '<>', REMOVED)
    .orderBy('repositories.id')
    .limit(limit)
    .execute();

/** When the newest tag of a repository was set. */
export const newestTagAt = async (db: Db, repositoryId: string): Promise<number | undefined> => {
  const row = await db
    .selectFrom('tags')
    .select('updated_at')
    .where('repository_id', '=', repositoryId)
    .orderBy('updated_at', 'desc')
    .orderBy('name', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.updated_at;
};
