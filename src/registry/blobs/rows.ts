import { inBatches } from '../../database/batches.ts';
import { builtOnce, changeBuiltOnce, listBuiltOnce } from '../../database/built-once.ts';
import type { Changing, Db, Tx } from '../../database/database.ts';
import type { BlobRow } from '../../database/schema.ts';
import { askedInRepositories, type NamedRepository } from '../repositories/rows.ts';

/** A blob as one repository holds it. */
export interface StoredBlob {
  readonly storageKey: string;
  readonly size: number;
  /** When it was last pushed, mounted or looked for in this repository. */
  readonly touchedAt: number;
}

/** A blob of a region, whichever repositories hold it. */
export interface RegionBlob {
  readonly digest: string;
  readonly storageKey: string;
  readonly size: number;
  readonly createdAt: number;
  /** When it was last pushed, mounted or looked for in any repository. */
  readonly touchedAt: number;
}

const blobOfRegion = builtOnce(
  ['regionId', 'digest'],
  (db, { regionId, digest }: { regionId: string; digest: string }) =>
    db
      .selectFrom('blobs')
      .select([
        'digest',
        'storage_key as storageKey',
        'size',
        'created_at as createdAt',
        'touched_at as touchedAt',
      ])
      .where('region_id', '=', regionId)
      .where('digest', '=', digest),
);

export const findBlob = async (db: Db, regionId: string, digest: string): Promise<RegionBlob | undefined> => {
  const [blob] = await blobOfRegion(db, { regionId, digest });
  return blob;
};

const putBlob = changeBuiltOnce(
  ['region_id', 'digest', 'storage_key', 'size', 'created_at', 'touched_at'],
  (tables: Changing<'blobs'>, row: BlobRow) => tables.insertInto('blobs').values(row),
);

export const insertBlob = async (tx: Tx, row: BlobRow): Promise<void> => {
  await putBlob(tx.db, tx.changed('blob', `${row.region_id}/${row.digest}`), row);
};

/** Renews the grace of a blob that no manifest may refer to, so that collection leaves it to the client that found it. */
export const noteBlobWanted = async (tx: Tx, regionId: string, digest: string, at: number): Promise<void> => {
  await tx.noting
    .updateTable('blobs')
    .set({ touched_at: at })
    .where('region_id', '=', regionId)
    .where('digest', '=', digest)
    .execute();
};

/** The blob if this repository holds it: one indexed lookup. */
export const findRepositoryBlob = (
  db: Db,
  { id, regionId }: { readonly id: string; readonly regionId: string },
  digest: string,
): Promise<StoredBlob | undefined> =>
  db
    .selectFrom('repository_blobs')
    .innerJoin('blobs', 'blobs.digest', 'repository_blobs.digest')
    .select(['blobs.storage_key as storageKey', 'blobs.size'])
    .select(({ fn }) =>
      fn.coalesce('repository_blobs.touched_at', 'repository_blobs.created_at').as('touchedAt'),
    )
    .where('repository_blobs.repository_id', '=', id)
    .where('repository_blobs.digest', '=', digest)
    .where('blobs.region_id', '=', regionId)
    .executeTakeFirst();

const blobNamed = askedInRepositories<{ [Name in keyof StoredBlob]: StoredBlob[Name] | null }>((from) =>
  from
    .with(
      (cte) => cte('held').materialized(),
      (query) =>
        query
          .selectFrom('located')
          .select(['located.ask', 'located.regionId', 'located.reference as digest'])
          .select((select) =>
            select
              .selectFrom('repository_blobs')
              .select(({ fn }) =>
                fn.coalesce('repository_blobs.touched_at', 'repository_blobs.created_at').as('touchedAt'),
              )
              .whereRef('repository_blobs.repository_id', '=', 'located.repositoryId')
              .whereRef('repository_blobs.digest', '=', 'located.reference')
              .as('touchedAt'),
          ),
    )
    .selectFrom('held')
    .select(['held.ask', 'held.touchedAt'])
    .select((select) => {
      const blob = select
        .selectFrom('blobs')
        .whereRef('blobs.region_id', '=', 'held.regionId')
        .whereRef('blobs.digest', '=', 'held.digest');
      return [blob.select('blobs.storage_key').as('storageKey'), blob.select('blobs.size').as('size')];
    })
    .where('held.touchedAt', 'is not', null),
);

/** The same by the name of the repository, for those who keep nothing of it. */
export const findBlobNamed = async (
  db: Db,
  place: NamedRepository,
  digest: string,
): Promise<StoredBlob | undefined> => {
  const {
    storageKey = null,
    size = null,
    touchedAt = null,
  } = (await blobNamed(db, { ...place, reference: digest })) ?? {};
  return storageKey === null || size === null || touchedAt === null
    ? undefined
    : { storageKey, size, touchedAt };
};

const putLink = changeBuiltOnce(
  ['repositoryId', 'digest', 'at'],
  (
    tables: Changing<'repository_blobs'>,
    { repositoryId, digest, at }: { repositoryId: string; digest: string; at: number },
  ) =>
    tables
      .insertInto('repository_blobs')
      .values({ repository_id: repositoryId, digest, created_at: at, touched_at: at })
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'digest']).doUpdateSet({ touched_at: at }),
      ),
);

/** Links it, or renews the link there is: a client that pushes or mounts a blob is about to refer to it. */
export const linkBlob = async (tx: Tx, repositoryId: string, digest: string, at: number): Promise<void> => {
  const tables = tx.changed('repository-blob', `${repositoryId}/${digest}`);
  await putLink(tx.db, tables, { repositoryId, digest, at });
};

/** Links several at once. */
export const linkBlobs = async (
  tx: Tx,
  repositoryId: string,
  digests: readonly string[],
  at: number,
): Promise<void> => {
  if (digests.length === 0) return;
  await tx
    .changed('repository-blob', ...digests.map((digest) => `${repositoryId}/${digest}`))
    .insertInto('repository_blobs')
    .values(
      digests.map((digest) => ({ repository_id: repositoryId, digest, created_at: at, touched_at: at })),
    )
    .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doUpdateSet({ touched_at: at }))
    .execute();
};

/** False when the repository does not hold it. */
export const touchLink = async (
  tx: Tx,
  repositoryId: string,
  digest: string,
  at: number,
): Promise<boolean> => {
  const { numUpdatedRows } = await tx
    .changed('repository-blob', `${repositoryId}/${digest}`)
    .updateTable('repository_blobs')
    .set({ touched_at: at })
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
};

/** Begins the grace of what a manifest refers to: when it goes, a client may be about to push another one like it. */
export const noteLinksOfManifestWanted = async (
  tx: Tx,
  repositoryId: string,
  manifestDigest: string,
  at: number,
): Promise<void> => {
  await tx.noting
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
export const unlinkBlob = async (tx: Tx, repositoryId: string, digest: string): Promise<boolean> => {
  const { numDeletedRows } = await tx
    .changed('repository-blob', `${repositoryId}/${digest}`)
    .deleteFrom('repository_blobs')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return numDeletedRows > 0n;
};

/** Sizes of blobs, by digest. */
export type HeldBlobs = ReadonlyMap<string, number>;

const blobsHeld = listBuiltOnce(
  ['id', 'regionId'],
  (db, digests, { id, regionId }: { id: string; regionId: string }) =>
    db
      .selectFrom('repository_blobs')
      .innerJoin('blobs', 'blobs.digest', 'repository_blobs.digest')
      .select(['blobs.digest', 'blobs.size'])
      .where('repository_blobs.repository_id', '=', id)
      .where('repository_blobs.digest', 'in', digests)
      .where('blobs.region_id', '=', regionId),
);

/** Those of these digests that the repository holds as blobs. */
export const heldBlobs = async (
  db: Db,
  { id, regionId }: { readonly id: string; readonly regionId: string },
  digests: readonly string[],
): Promise<HeldBlobs> => {
  const rows = await inBatches(digests, (batch) => blobsHeld(db, batch, { id, regionId }));
  return new Map(rows.map(({ digest, size }) => [digest, size]));
};

/** Most links of one digest, and most repositories of one account, that are looked through for a holder. */
const EXAMINED = 200;

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
  // every link that was read is of another account: look from this account's repositories then
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

/** What a blob's bytes are, and under which name they are stored. */
export interface StoredBytes {
  readonly storageKey: string;
  readonly digest: string;
  readonly size: number;
}

/** The bytes of every region behind the storage name `after`, in the order of names. */
export const storedBytes = (db: Db, after: string, limit: number): Promise<StoredBytes[]> =>
  db
    .selectFrom('blobs')
    .select(['storage_key as storageKey', 'digest', 'size'])
    .where('storage_key', '>', after)
    .orderBy('storage_key')
    .limit(limit)
    .execute();
