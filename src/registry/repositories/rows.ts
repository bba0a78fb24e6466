import type { Db, Tx } from '../../database/database.ts';
import type { RepositoryRow } from '../../database/schema.ts';

export interface Repository {
  readonly id: string;
  readonly regionId: string;
  readonly namespaceId: string;
  readonly name: string;
}

export const findRepository = (db: Db, regionId: string, name: string): Promise<Repository | undefined> =>
  db
    .selectFrom('repositories')
    .select(['id', 'region_id as regionId', 'namespace_id as namespaceId', 'name'])
    .where('region_id', '=', regionId)
    .where('name', '=', name)
    .executeTakeFirst();

export const insertRepository = async (tx: Tx, row: RepositoryRow): Promise<void> => {
  await tx
    .changed('repository', `${row.region_id}/${row.name}`)
    .insertInto('repositories')
    .values(row)
    .execute();
};

/** Removes every repository of a namespace with what is in it (by foreign keys). */
export const deleteRepositoriesOfNamespace = (tx: Tx, namespaceId: string): Promise<void> =>
  tx.changing('repository', async (tables) => {
    const removed = await tables
      .deleteFrom('repositories')
      .where('namespace_id', '=', namespaceId)
      .returning(['id', 'region_id', 'name'])
      .execute();
    return {
      ids: removed.flatMap(({ id, region_id, name }) => [`${region_id}/${name}`, id]),
      answer: undefined,
    };
  });

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
