import type { Db, Tx } from '../../database/database.ts';
import type { RepositoryRow } from '../../database/schema.ts';
import { REMOVED } from '../../tenancy/tx.ts';

export const findRepository = (db: Db, regionId: string, name: string): Promise<RepositoryRow | undefined> =>
  db
    .selectFrom('repositories')
    .selectAll()
    .where('region_id', '=', regionId)
    .where('name', '=', name)
    .executeTakeFirst();

export const insertRepository = async (db: Db, row: RepositoryRow): Promise<void> => {
  await db.insertInto('repositories').values(row).execute();
};

/** Takes the name of a removed namespace's repository away, so that a new one can have it. */
export const freeRepositoryName = async (tx: Tx, { id, region_id, name }: RepositoryRow): Promise<void> => {
  await tx
    .changed('repository', `${region_id}/${name}`, id)
    .updateTable('repositories')
    .set({ region_id: REMOVED, name: id })
    .where('id', '=', id)
    .execute();
};

/** Names of repositories in these namespaces, in byte order, after `after`. */
export const listRepositoryNames = async (
  db: Db,
  { namespaceIds, after, limit }: { namespaceIds: readonly string[]; after: string; limit: number },
): Promise<string[]> => {
  if (namespaceIds.length === 0 || limit === 0) return [];
  const rows = await db
    .selectFrom('repositories')
    .select('name')
    .where('namespace_id', 'in', namespaceIds)
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name);
};
