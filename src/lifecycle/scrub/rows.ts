import { inBatches } from '../../database/batches.ts';
import { ANY, type Db, type Tx } from '../../database/database.ts';
import type { LinkKey } from '../collection/rows.ts';

export interface KeptBlob {
  readonly region_id: string;
  readonly digest: string;
  readonly storage_key: string;
  readonly size: number;
}

/** Blobs of a region by digest, after `after`. */
export const blobsAfter = (db: Db, regionId: string, after: string, limit: number): Promise<KeptBlob[]> =>
  db
    .selectFrom('blobs')
    .select(['region_id', 'digest', 'storage_key', 'size'])
    .where('region_id', '=', regionId)
    .where('digest', '>', after)
    .orderBy('digest')
    .limit(limit)
    .execute();

/** A manifest without its content: that may be 4 MiB, which is too much for each of a page. */
export interface KeptManifest extends LinkKey {
  readonly media_type: string;
}

/** Manifests by repository and digest, after `after`. */
export const manifestsAfter = (db: Db, after: LinkKey, limit: number): Promise<KeptManifest[]> =>
  db
    .selectFrom('manifests')
    .select(['repository_id', 'digest', 'media_type'])
    .where((eb) =>
      eb(eb.refTuple('repository_id', 'digest'), '>', eb.tuple(after.repository_id, after.digest)),
    )
    .orderBy('repository_id')
    .orderBy('digest')
    .limit(limit)
    .execute();

/** Deleted manifests that can be restored after `at`, by repository and digest, after `after`. */
export const trashedManifestsAfter = (
  db: Db,
  { after, at, limit }: { after: LinkKey; at: number; limit: number },
): Promise<KeptManifest[]> =>
  db
    .selectFrom('trashed_manifests')
    .select(['repository_id', 'digest', 'media_type'])
    .where((eb) =>
      eb(eb.refTuple('repository_id', 'digest'), '>', eb.tuple(after.repository_id, after.digest)),
    )
    .where('expires_at', '>', at)
    .orderBy('repository_id')
    .orderBy('digest')
    .limit(limit)
    .execute();

/** The bytes of a manifest; undefined where it is gone. */
export const contentOf = async (
  db: Db,
  table: 'manifests' | 'trashed_manifests',
  { repository_id, digest }: LinkKey,
): Promise<Uint8Array | undefined> =>
  (
    await db
      .selectFrom(table)
      .select('content')
      .where('repository_id', '=', repository_id)
      .where('digest', '=', digest)
      .executeTakeFirst()
  )?.content;

/** Whether a deleted manifest can still be restored after `at`. */
export const isInTrash = async (db: Db, { repository_id, digest }: LinkKey, at: number): Promise<boolean> =>
  (await db
    .selectFrom('trashed_manifests')
    .select('digest')
    .where('repository_id', '=', repository_id)
    .where('digest', '=', digest)
    .where('expires_at', '>', at)
    .executeTakeFirst()) !== undefined;

/** Which of these digests the region of a repository has: restoring links them again. */
export const storedBlobs = async (
  db: Db,
  repositoryId: string,
  digests: readonly string[],
): Promise<Set<string>> => {
  const rows = await inBatches(digests, (batch) =>
    db
      .selectFrom('repositories as repository')
      .innerJoin('blobs', 'blobs.region_id', 'repository.region_id')
      .select('blobs.digest')
      .where('repository.id', '=', repositoryId)
      .where('blobs.digest', 'in', batch)
      .execute(),
  );
  return new Set(rows.map(({ digest }) => digest));
};

/** The repository's name and region, for a person. */
export const findRepositoryById = (
  db: Db,
  id: string,
): Promise<{ name: string; region_id: string } | undefined> =>
  db.selectFrom('repositories').select(['name', 'region_id']).where('id', '=', id).executeTakeFirst();

/** Which of these digests the repository links to a blob that has a row. */
export const readableBlobs = async (
  db: Db,
  repositoryId: string,
  digests: readonly string[],
): Promise<Set<string>> => {
  const rows = await inBatches(digests, (batch) =>
    db
      .selectFrom('repository_blobs as link')
      .innerJoin('repositories as repository', 'repository.id', 'link.repository_id')
      .innerJoin('blobs', (join) =>
        join.onRef('blobs.region_id', '=', 'repository.region_id').onRef('blobs.digest', '=', 'link.digest'),
      )
      .select('link.digest')
      .where('link.repository_id', '=', repositoryId)
      .where('link.digest', 'in', batch)
      .execute(),
  );
  return new Set(rows.map(({ digest }) => digest));
};

/**
 * Takes a blob's row out while it still names these bytes; false when it does not (any more). Every repository that
 * links the blob forgets it.
 */
export const deleteBlobNaming = async (
  tx: Tx,
  { regionId, digest, storageKey }: { regionId: string; digest: string; storageKey: string },
): Promise<boolean> => {
  tx.changed('repository-blob', ANY);
  const { numDeletedRows } = await tx
    .changed('blob', `${regionId}/${digest}`)
    .deleteFrom('blobs')
    .where('region_id', '=', regionId)
    .where('digest', '=', digest)
    .where('storage_key', '=', storageKey)
    .executeTakeFirst();
  return numDeletedRows > 0n;
};
