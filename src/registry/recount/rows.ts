import type { Db } from '../../database/database.ts';
import { REMOVED } from '../../tenancy/tx.ts';

/** The first repository behind an id, of those that are in a namespace that exists. */
export const repositoryBehind = async (db: Db, id: string): Promise<string | undefined> => {
  const row = await db
    .selectFrom('repositories')
    .select('id')
    .where('id', '>', id)
    .where('region_id', '<>', REMOVED)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
};

/** Digests of the blobs that a repository holds, in their order behind `after`. */
export const linksBehind = async (
  db: Db,
  { repositoryId, after, limit }: { repositoryId: string; after: string; limit: number },
): Promise<string[]> => {
  const rows = await db
    .selectFrom('repository_blobs')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('digest', '>', after)
    .orderBy('digest')
    .limit(limit)
    .execute();
  return rows.map(({ digest }) => digest);
};
