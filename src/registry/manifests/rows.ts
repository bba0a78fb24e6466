import { sql } from 'kysely';
import { inBatches } from '../../database/batches.ts';
import type { Db } from '../../database/database.ts';
import type { ManifestReferenceRow, ManifestRow } from '../../database/schema.ts';

/** What serving a manifest needs. */
export interface StoredManifest {
  readonly digest: string;
  readonly media_type: string;
  readonly subject: string | null;
  readonly content: Uint8Array;
}

export const findManifest = (
  db: Db,
  repositoryId: string,
  digest: string,
): Promise<StoredManifest | undefined> =>
  db
    .selectFrom('manifests')
    .select(['digest', 'media_type', 'subject', 'content'])
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();

/** Keeps the row that is there: the same digest is the same content. */
export const insertManifest = async (
  db: Db,
  row: ManifestRow,
  references: readonly ManifestReferenceRow[],
): Promise<void> => {
  await db
    .insertInto('manifests')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await inBatches(references, (batch) =>
    db
      .insertInto('manifest_references')
      .values([...batch])
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
};

/** Removes a manifest with its tags and references (by foreign keys). */
export const deleteManifest = async (db: Db, repositoryId: string, digest: string): Promise<void> => {
  await db
    .deleteFrom('manifests')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .execute();
};

/** Which of these digests the repository holds as manifests. */
export const heldManifests = async (
  db: Db,
  repositoryId: string,
  digests: readonly string[],
): Promise<Set<string>> => {
  const rows = await inBatches(digests, (batch) =>
    db
      .selectFrom('manifests')
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', batch)
      .execute(),
  );
  return new Set(rows.map(({ digest }) => digest));
};

export type Referrer = Pick<ManifestRow, 'digest' | 'media_type' | 'artifact_type' | 'annotations'> & {
  size: number;
};

/** A referrer before it is read: its annotations may be as long as a manifest. */
export interface ReferrerSize {
  readonly digest: string;
  /** Bytes of annotations and artifact type, as JSON has them at the most. */
  readonly bytes: number;
}

const referrerBytes = sql<number>`octet_length(annotations) + 2 * octet_length(coalesce(artifact_type, ''))`;

/** Manifests whose subject is `subject`, by digest, after `after`. */
export const listReferrers = async (
  db: Db,
  query: {
    repositoryId: string;
    subject: string;
    artifactType: string | undefined;
    after: string;
    limit: number;
  },
): Promise<ReferrerSize[]> =>
  db
    .selectFrom('manifests')
    .select('digest')
    .select(referrerBytes.as('bytes'))
    .where('repository_id', '=', query.repositoryId)
    .where('subject', '=', query.subject)
    .$if(query.artifactType !== undefined, (select) =>
      select.where('artifact_type', '=', query.artifactType ?? ''),
    )
    .where('digest', '>', query.after)
    .orderBy('digest')
    .limit(query.limit)
    .execute();

/** Those of these manifests that the repository holds and that name no subject themselves, in no order. */
export const listSubjectless = async (
  db: Db,
  query: { repositoryId: string; digests: readonly string[]; artifactType: string | undefined },
): Promise<ReferrerSize[]> =>
  db
    .selectFrom('manifests')
    .select('digest')
    .select(referrerBytes.as('bytes'))
    .where('repository_id', '=', query.repositoryId)
    .where('digest', 'in', query.digests)
    .where('subject', 'is', null)
    .$if(query.artifactType !== undefined, (select) =>
      select.where('artifact_type', '=', query.artifactType ?? ''),
    )
    .execute();

/** Those of these manifests that are there, by digest, as the referrers API lists them. */
export const readReferrers = async (
  db: Db,
  repositoryId: string,
  digests: readonly string[],
): Promise<Referrer[]> => {
  if (digests.length === 0) return [];
  return db
    .selectFrom('manifests')
    .select(['digest', 'media_type', 'artifact_type', 'annotations'])
    .select((select) => select.fn<number>('length', ['content']).as('size'))
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .orderBy('digest')
    .execute();
};

export type ListedImage = Pick<
  ManifestRow,
  'digest' | 'media_type' | 'config_digest' | 'image_size' | 'image_created_at' | 'created_at'
> & { repository: string; tag: string | null };

/** Tagged manifests of these namespaces, one row per tag, by repository and tag. */
export const listTaggedImages = async (
  db: Db,
  namespaceIds: readonly string[],
  repository: string | undefined,
): Promise<ListedImage[]> => {
  if (namespaceIds.length === 0) return [];
  return db
    .selectFrom('tags')
    .innerJoin('manifests', (join) =>
      join
        .onRef('manifests.repository_id', '=', 'tags.repository_id')
        .onRef('manifests.digest', '=', 'tags.digest'),
    )
    .innerJoin('repositories', 'repositories.id', 'tags.repository_id')
    .select([
      'repositories.name as repository',
      'tags.name as tag',
      'manifests.digest',
      'manifests.media_type',
      'manifests.config_digest',
      'manifests.image_size',
      'manifests.image_created_at',
      'manifests.created_at',
    ])
    .where('repositories.namespace_id', 'in', namespaceIds)
    .$if(repository !== undefined, (select) => select.where('repositories.name', '=', repository ?? ''))
    .orderBy('repositories.name')
    .orderBy('tags.name')
    .execute();
};

/** Whether a manifest of the repository refers to the digest. */
export const isReferenced = async (db: Db, repositoryId: string, digest: string): Promise<boolean> => {
  const held = await db
    .selectFrom('manifest_references')
    .select('manifest_digest')
    .where('repository_id', '=', repositoryId)
    .where('target_digest', '=', digest)
    .limit(1)
    .executeTakeFirst();
  return held !== undefined;
};
