import { sql } from 'kysely';
import type { Db, Tx } from '../../database/database.ts';
import type { StorageCountRow } from '../../database/quota-schema.ts';

export interface Place {
  readonly accountId: string;
  readonly regionId: string;
}

/** Something stored: a blob that repositories hold, or a manifest. */
export interface Stored {
  readonly digest: string;
  readonly size: number;
}

export const namespacesOf = async (db: Db, { accountId, regionId }: Place): Promise<string[]> => {
  const found = await db
    .selectFrom('namespaces')
    .select('id')
    .where('account_id', '=', accountId)
    .where('region_id', '=', regionId)
    .execute();
  return found.map(({ id }) => id);
};

const repositoriesOf = (db: Db, { accountId, regionId }: Place) =>
  db
    .selectFrom('namespaces')
    .innerJoin('repositories', 'repositories.namespace_id', 'namespaces.id')
    .where('namespaces.account_id', '=', accountId)
    .where('namespaces.region_id', '=', regionId);

const manifestSize = sql<number>`octet_length(manifests.content)`;

/**
 * Whether the account has at most so many repositories in the region, and these at most so many links and manifests: then
 * all of it can be summed at once. No more is looked at than that.
 */
export const isSmall = async (
  db: Db,
  place: Place,
  most: { repositories: number; contents: number },
): Promise<boolean> => {
  const repositories = repositoriesOf(db, place).select('repositories.id').offset(most.repositories).limit(1);
  if (await repositories.executeTakeFirst()) return false;
  const links = repositoriesOf(db, place)
    .innerJoin('repository_blobs', 'repository_blobs.repository_id', 'repositories.id')
    .select('repository_blobs.digest')
    .offset(most.contents)
    .limit(1);
  if (await links.executeTakeFirst()) return false;
  const manifests = repositoriesOf(db, place)
    .innerJoin('manifests', 'manifests.repository_id', 'repositories.id')
    .select('manifests.digest')
    .offset(most.contents)
    .limit(1);
  return (await manifests.executeTakeFirst()) === undefined;
};

/** Bytes of the distinct blobs and manifests that repositories of the account in the region hold, read at once. */
export const storageUsed = async (db: Db, place: Place): Promise<number> => {
  const blobs = repositoriesOf(db, place)
    .innerJoin('repository_blobs', 'repository_blobs.repository_id', 'repositories.id')
    .innerJoin('blobs', (join) =>
      join
        .onRef('blobs.digest', '=', 'repository_blobs.digest')
        .onRef('blobs.region_id', '=', 'repositories.region_id'),
    )
    .select(['blobs.digest', 'blobs.size']);
  const manifests = repositoriesOf(db, place)
    .innerJoin('manifests', 'manifests.repository_id', 'repositories.id')
    .select(['manifests.digest', manifestSize.as('size')]);
  const row = await db
    .selectFrom(blobs.union(manifests).as('stored'))
    .select(({ fn }) => fn.sum('stored.size').as('bytes'))
    .executeTakeFirst();
  return Number(row?.bytes ?? 0);
};

/** Repositories of a namespace by name, behind `after`. */
export const repositoriesBehind = (
  db: Db,
  { namespaceId, after, limit }: { namespaceId: string; after: string; limit: number },
): Promise<{ id: string; name: string }[]> =>
  db
    .selectFrom('repositories')
    .select(['id', 'name'])
    .where('namespace_id', '=', namespaceId)
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();

/** A link whose blob has no row, since its bytes were lost, counts nothing. */
const blobsHeld = (db: Db, regionId: string) =>
  db
    .selectFrom('repository_blobs')
    .leftJoin('blobs', (join) =>
      join.onRef('blobs.digest', '=', 'repository_blobs.digest').on('blobs.region_id', '=', regionId),
    )
    .select('repository_blobs.digest')
    .select(({ fn, lit }) => fn.coalesce('blobs.size', lit(0)).as('size'));

/** Any `limit` blobs that these repositories hold. */
export const someBlobs = (
  db: Db,
  query: { repositoryIds: readonly string[]; regionId: string; limit: number },
): Promise<Stored[]> =>
  blobsHeld(db, query.regionId)
    .where('repository_blobs.repository_id', 'in', query.repositoryIds)
    .limit(query.limit)
    .execute();

/** Blobs that a repository holds, by digest, behind `after`. */
export const blobsBehind = (
  db: Db,
  query: { repositoryId: string; regionId: string; after: string; limit: number },
): Promise<Stored[]> =>
  blobsHeld(db, query.regionId)
    .where('repository_blobs.repository_id', '=', query.repositoryId)
    .where('repository_blobs.digest', '>', query.after)
    .orderBy('repository_blobs.digest')
    .limit(query.limit)
    .execute();

/** Any `limit` manifests of these repositories. */
export const someManifests = (
  db: Db,
  query: { repositoryIds: readonly string[]; limit: number },
): Promise<Stored[]> =>
  db
    .selectFrom('manifests')
    .select(['digest', manifestSize.as('size')])
    .where('repository_id', 'in', query.repositoryIds)
    .limit(query.limit)
    .execute();

/** Manifests of a repository, by digest, behind `after`. */
export const manifestsBehind = (
  db: Db,
  query: { repositoryId: string; after: string; limit: number },
): Promise<Stored[]> =>
  db
    .selectFrom('manifests')
    .select(['digest', manifestSize.as('size')])
    .where('repository_id', '=', query.repositoryId)
    .where('digest', '>', query.after)
    .orderBy('digest')
    .limit(query.limit)
    .execute();

export const findStorageCount = (
  db: Db,
  { accountId, regionId }: Place,
): Promise<StorageCountRow | undefined> =>
  db
    .selectFrom('storage_counts')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('region_id', '=', regionId)
    .executeTakeFirst();

export const putStorageCount = async (tx: Tx, row: StorageCountRow): Promise<void> => {
  const { account_id: _account, region_id: _region, ...set } = row;
  await tx.uncached
    .insertInto('storage_counts')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'region_id']).doUpdateSet(set))
    .execute();
};

export const deleteStorageCount = async (tx: Tx, { accountId, regionId }: Place): Promise<void> => {
  await tx.uncached
    .deleteFrom('storage_counts')
    .where('account_id', '=', accountId)
    .where('region_id', '=', regionId)
    .execute();
};
