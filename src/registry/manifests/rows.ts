import { sql } from 'kysely';
import { inBatches } from '../../database/batches.ts';
import { rowsBuiltOnce } from '../../database/built-once.ts';
import type { Changing, Db, Tx } from '../../database/database.ts';
import type { ManifestReferenceRow, ManifestRow } from '../../database/schema.ts';
import type { Reference as OciReference } from '../../oci/reference.ts';
import { askedInRepositories, type NamedRepository } from '../repositories/rows.ts';

/** What serving a manifest needs. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly content: Uint8Array;
}

export const findManifest = (
  db: Db,
  repositoryId: string,
  digest: string,
): Promise<StoredManifest | undefined> =>
  db
    .selectFrom('manifests')
    .select(['digest', 'media_type as mediaType', 'content'])
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();

/** The same, with the content only of a manifest of at most `most` bytes; `content` is null where it has more. */
export const findShortManifest = (
  db: Db,
  repositoryId: string,
  digest: string,
  most: number,
): Promise<{ readonly mediaType: string; readonly content: Uint8Array | null } | undefined> =>
  db
    .selectFrom('manifests')
    .select(['media_type as mediaType', shortContent(most).as('content')])
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();

/** Neither engine reads what is long to say how long it is. */
const shortContent = (most: number) =>
  sql<Uint8Array | null>`case when octet_length(content) <= ${sql.lit(most)} then content end`;

/** What a reference stands for in a repository; without a media type there is no such manifest. */
export interface Referenced {
  readonly repositoryId: string;
  readonly digest: string | null;
  readonly mediaType: string | null;
}

const referencedByTag = askedInRepositories<Referenced>((from) =>
  from
    .with(
      (cte) => cte('tagged').materialized(),
      (query) =>
        query
          .selectFrom('located')
          .select(['located.ask', 'located.repositoryId'])
          .select((eb) =>
            eb
              .selectFrom('tags')
              .select('tags.digest')
              .whereRef('tags.repository_id', '=', 'located.repositoryId')
              .whereRef('tags.name', '=', 'located.reference')
              .as('digest'),
          ),
    )
    .selectFrom('tagged')
    .select(['tagged.ask', 'tagged.digest'])
    .select((eb) => [
      eb.ref('tagged.repositoryId').$notNull().as('repositoryId'),
      eb
        .selectFrom('manifests')
        .select('manifests.media_type')
        .whereRef('manifests.repository_id', '=', 'tagged.repositoryId')
        .whereRef('manifests.digest', '=', 'tagged.digest')
        .as('mediaType'),
    ])
    .where('tagged.repositoryId', 'is not', null),
);

const referencedByDigest = askedInRepositories<Referenced>((from) =>
  from
    .selectFrom('located')
    .select(['located.ask', 'located.reference as digest'])
    .select((eb) => [
      eb.ref('located.repositoryId').$notNull().as('repositoryId'),
      eb
        .selectFrom('manifests')
        .select('manifests.media_type')
        .whereRef('manifests.repository_id', '=', 'located.repositoryId')
        .whereRef('manifests.digest', '=', 'located.reference')
        .as('mediaType'),
    ])
    .where('located.repositoryId', 'is not', null),
);

/** What a tag or digest stands for now, in one statement; undefined where the namespace has no such repository. */
export const findReferenced = (
  db: Db,
  place: NamedRepository,
  reference: OciReference,
): Promise<Referenced | undefined> =>
  reference.kind === 'tag'
    ? referencedByTag(db, { ...place, reference: reference.tag })
    : referencedByDigest(db, { ...place, reference: reference.digest });

/** A manifest as it is stored, for a copy of it in another repository. */
export const storedManifestRow = (
  db: Db,
  repositoryId: string,
  digest: string,
): Promise<Omit<ManifestRow, 'repository_id'> | undefined> =>
  db
    .selectFrom('manifests')
    .select(['digest', 'media_type', 'artifact_type', 'subject', 'annotations', 'config_digest'])
    .select(['image_size', 'image_created_at', 'content', 'created_at', 'created_by'])
    .select(['pushed_with', 'pushed_from', 'pushed_claims'])
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();

/** What a manifest refers to, and as what. */
export interface Reference {
  readonly target: string;
  readonly kind: ManifestReferenceRow['kind'];
}

const putReferences = rowsBuiltOnce(
  ['repository_id', 'manifest_digest', 'target_digest', 'kind'],
  (tables: Changing<'manifest_references'>, rows: readonly ManifestReferenceRow[]) =>
    tables
      .insertInto('manifest_references')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing()),
);

/** Keeps the row that is there: the same digest is the same content. Answers whether it is new. */
export const insertManifest = async (
  tx: Tx,
  row: ManifestRow,
  references: readonly Reference[],
): Promise<boolean> => {
  const key = { repository_id: row.repository_id, manifest_digest: row.digest };
  const { numInsertedOrUpdatedRows } = await tx
    .changed('manifest', `${row.repository_id}/${row.digest}`)
    .insertInto('manifests')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  await inBatches(references, async (batch) => {
    await putReferences(
      tx.db,
      tx.uncached,
      batch.map(({ target, kind }) => ({ ...key, target_digest: target, kind })),
    );
    return [];
  });
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
};

/** Removes a manifest with its references (by foreign keys). Its tags go before it: tags/rows.ts. */
export const deleteManifest = async (tx: Tx, repositoryId: string, digest: string): Promise<void> => {
  await tx
    .changed('manifest', `${repositoryId}/${digest}`)
    .deleteFrom('manifests')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .execute();
};

/** Types and sizes of manifests, by digest. */
export type HeldManifests = ReadonlyMap<string, { readonly mediaType: string; readonly size: number }>;

/** Those of these digests that the repository holds as manifests. */
export const heldManifests = async (
  db: Db,
  repositoryId: string,
  digests: readonly string[],
): Promise<HeldManifests> => {
  const rows = await inBatches(digests, (batch) =>
    db
      .selectFrom('manifests')
      .select(['digest', 'media_type as mediaType'])
      .select(({ fn }) => fn<number>('length', ['content']).as('size'))
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', batch)
      .execute(),
  );
  return new Map(rows.map(({ digest, mediaType, size }) => [digest, { mediaType, size }]));
};

/** Manifests of the repository that refer to the digest: images to their blobs, indexes to their images. */
export const manifestsReferringTo = async (
  db: Db,
  repositoryId: string,
  digest: string,
  limit: number,
): Promise<string[]> => {
  const rows = await db
    .selectFrom('manifest_references')
    // `kind` is in no index: else SQLite reads all references of the repository in the index that has the other columns
    .select(['manifest_digest', 'kind'])
    .where('repository_id', '=', repositoryId)
    .where('target_digest', '=', digest)
    .limit(limit)
    .execute();
  return rows.map(({ manifest_digest }) => manifest_digest);
};

/** Whether a manifest of the repository refers to the digest. */
export const isReferenced = async (db: Db, repositoryId: string, digest: string): Promise<boolean> =>
  (await manifestsReferringTo(db, repositoryId, digest, 1)).length > 0;
