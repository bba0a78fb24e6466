import { inBatches } from '../../database/batches.ts';
import type { Db } from '../../database/database.ts';
import type { BlobRow } from '../../database/schema.ts';

export interface StoredBlob {
  readonly storage_key: string;
  readonly size: number;
  /** When somebody last pushed, mounted or looked for it in this repository. */
  readonly touched_at: number;
}

export const findBlob = (db: Db, regionId: string, digest: string): Promise<BlobRow | undefined> =>
  db
    .selectFrom('blobs')
    .selectAll()
    .where('region_id', '=', regionId)
    .where('digest', '=', digest)
    .executeTakeFirst();

export const insertBlob = async (db: Db, row: BlobRow): Promise<void> => {
  await db.insertInto('blobs').values(row).execute();
};

/** Renews the grace of a blob that may be unreferenced, so that a sweep leaves it to whoever just found it. */
export const touchBlob = async (db: Db, regionId: string, digest: string, at: number): Promise<void> => {
  await db
    .updateTable('blobs')
    .set({ touched_at: at })
    .where('region_id', '=', regionId)
    .where('digest', '=', digest)
    .execute();
};

/** The blob if this repository holds it: one indexed lookup. */
export const findRepositoryBlob = (
  db: Db,
  repository: { id: string; region_id: string },
  digest: string,
): Promise<StoredBlob | undefined> =>
  db
    .selectFrom('repository_blobs')
    .innerJoin('blobs', 'blobs.digest', 'repository_blobs.digest')
    .select(['blobs.storage_key', 'blobs.size'])
    .select(({ fn }) =>
      fn.coalesce('repository_blobs.touched_at', 'repository_blobs.created_at').as('touched_at'),
    )
    .where('repository_blobs.repository_id', '=', repository.id)
    .where('repository_blobs.digest', '=', digest)
    .where('blobs.region_id', '=', repository.region_id)
    .executeTakeFirst();

/** Links it, or renews the link there is: whoever pushes or mounts is about to refer to it. */
export const linkBlob = async (db: Db, repositoryId: string, digest: string, at: number): Promise<void> => {
  await db
    .insertInto('repository_blobs')
    .values({ repository_id: repositoryId, digest, created_at: at, touched_at: at })
    .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doUpdateSet({ touched_at: at }))
    .execute();
};

/** False when the repository does not hold it. */
export const touchLink = async (
  db: Db,
  repositoryId: string,
  digest: string,
  at: number,
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('repository_blobs')
    .set({ touched_at: at })
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
};

/** Begins the grace of what a manifest refers to: when it goes, somebody may be about to push another like it. */
export const touchLinksOfManifest = async (
  db: Db,
  repositoryId: string,
  manifestDigest: string,
  at: number,
): Promise<void> => {
  await db
    .updateTable('repository_blobs')
    .set({ touched_at: at })
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', (select) =>
      select
        .selectFrom('manifest_references')
        .select('target_digest')
        .where('repository_id', '=', repositoryId)
        .where('manifest_digest', '=', manifestDigest),
    )
    .execute();
};

/** False when the repository did not hold it. */
export const unlinkBlob = async (db: Db, repositoryId: string, digest: string): Promise<boolean> => {
  const { numDeletedRows } = await db
    .deleteFrom('repository_blobs')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return numDeletedRows > 0n;
};

/** Which of these digests the repository holds as blobs. */
export const heldBlobs = async (
  db: Db,
  repositoryId: string,
  digests: readonly string[],
): Promise<Set<string>> => {
  const rows = await inBatches(digests, (batch) =>
    db
      .selectFrom('repository_blobs')
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', batch)
      .execute(),
  );
  return new Set(rows.map(({ digest }) => digest));
};

/** Most links of one digest, and most repositories of one account, that are looked through for a holder. */
const EXAMINED = 500;

/**
 * Names of repositories of this account and region that hold the blob. Bounded whatever there is: of a blob that very
 * many repositories hold, in an account of very many repositories, not every holder is found.
 */
export const repositoriesHolding = async (
  db: Db,
  { accountId, regionId, digest }: { accountId: string; regionId: string; digest: string },
): Promise<string[]> => {
  const links = await db
    .selectFrom('repository_blobs')
    .select('repository_id as id')
    .where('digest', '=', digest)
    .limit(EXAMINED)
    .execute();
  if (links.length === 0) return [];
  const ofAccount = db
    .selectFrom('repositories')
    .innerJoin('namespaces', 'namespaces.id', 'repositories.namespace_id')
    .where('namespaces.account_id', '=', accountId)
    .where('namespaces.region_id', '=', regionId);
  const named = ofAccount.select('repositories.name').where('repositories.id', 'in', idsOf(links));
  const found = await named.execute();
  if (found.length > 0 || links.length < EXAMINED) return found.map(({ name }) => name);
  // the links read were all other accounts': from this account's side then
  const own = await ofAccount.select('repositories.id').limit(EXAMINED).execute();
  if (own.length === 0) return [];
  const held = await ofAccount
    .innerJoin('repository_blobs', 'repository_blobs.repository_id', 'repositories.id')
    .select('repositories.name')
    .where('repositories.id', 'in', idsOf(own))
    .where('repository_blobs.digest', '=', digest)
    .execute();
  return held.map(({ name }) => name);
};

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id);
/** What a blob's bytes are and where they lie. */
export type StoredBytes = Pick<BlobRow, 'storage_key' | 'digest' | 'size'>;

/** The bytes of every region behind the storage name `after`, in the order of names. */
export const storedBytes = (db: Db, after: string, limit: number): Promise<StoredBytes[]> =>
  db
    .selectFrom('blobs')
    .select(['storage_key', 'digest', 'size'])
    .where('storage_key', '>', after)
    .orderBy('storage_key')
    .limit(limit)
    .execute();
