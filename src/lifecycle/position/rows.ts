import type { Db, Tx } from '../../database/database.ts';

const NAME = 'position';

/** How far a database has come. */
export interface DatabasePosition {
  readonly number: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

export const findPosition = (db: Db): Promise<DatabasePosition | undefined> =>
  db.selectFrom('storage_position').select(['number', 'at']).where('name', '=', NAME).executeTakeFirst();

export const putPosition = async (tx: Tx, position: DatabasePosition): Promise<void> => {
  await tx.uncached
    .insertInto('storage_position')
    .values({ name: NAME, ...position })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(position))
    .execute();
};

export interface NamedBytes {
  readonly digest: string;
  readonly storage_key: string;
}

/** Events that are looked through for pushes. */
const EVENTS = 1000;

/** Digests of the images that were pushed last, of those that the latest events tell of. */
export const latestPushes = async (db: Db, limit: number): Promise<string[]> => {
  const latest = db
    .selectFrom('audit_events')
    .select(['action', 'digest', 'at', 'id'])
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(EVENTS)
    .as('latest');
  const rows = await db
    .selectFrom(latest)
    .select('digest')
    .where('action', '=', 'container-registry.image.push')
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return [...new Set(rows.flatMap(({ digest }) => (digest === null ? [] : [digest])))];
};

/** The blobs that manifests of these digests need, but for those with names like `except`. */
export const blobsOfManifests = async (
  db: Db,
  digests: readonly string[],
  { except, limit }: { except: string; limit: number },
): Promise<NamedBytes[]> => {
  if (digests.length === 0) return [];
  return db
    .selectFrom('manifests as manifest')
    .innerJoin('manifest_references as reference', (join) =>
      join
        .onRef('reference.repository_id', '=', 'manifest.repository_id')
        .onRef('reference.manifest_digest', '=', 'manifest.digest'),
    )
    .innerJoin('repositories as repository', 'repository.id', 'manifest.repository_id')
    .innerJoin('blobs as blob', (join) =>
      join
        .onRef('blob.region_id', '=', 'repository.region_id')
        .onRef('blob.digest', '=', 'reference.target_digest'),
    )
    .select(['blob.digest', 'blob.storage_key'])
    .distinct()
    .where('manifest.digest', 'in', digests)
    .where('blob.storage_key', 'not like', except)
    .limit(limit)
    .execute();
};
