import { sql } from 'kysely';
import type { Db, Tx } from '../../database/database.ts';

/** One digest of one repository. */
export interface ImageKey {
  readonly repositoryId: string;
  readonly digest: string;
}

/** When and by whom something was deleted, and until when it can be restored. Times in epoch milliseconds. */
export interface Deletion {
  readonly deletedAt: number;
  readonly deletedBy: string;
  readonly expiresAt: number;
  /** The digest that was named: what hangs on it went along. */
  readonly deletedWith: string;
}

/** The columns of a manifest that the trash keeps. */
export const CONTENT = [
  'digest',
  'media_type',
  'artifact_type',
  'subject',
  'annotations',
  'config_digest',
  'image_size',
  'image_created_at',
  'content',
  'created_at',
  'created_by',
  'pushed_with',
  'pushed_from',
  'pushed_claims',
] as const;

export const REFERENCE = ['repository_id', 'manifest_digest', 'target_digest', 'kind'] as const;

/**
 * Keeps a copy of a manifest, with what it refers to, in the trash. A copy from an earlier deletion gets the new dates. Of
 * each reference it writes down whether the repository held the blob: a manifest may name bytes of others, and only what
 * the repository held may come back with it.
 */
export const copyToTrash = async (tx: Tx, key: ImageKey, deletion: Deletion): Promise<void> => {
  const dates = {
    deleted_at: deletion.deletedAt,
    deleted_by: deletion.deletedBy,
    expires_at: deletion.expiresAt,
    deleted_with: deletion.deletedWith,
    referrers_after: '',
  };
  await tx.uncached
    .insertInto('trashed_manifests')
    .columns([
      'repository_id',
      ...CONTENT,
      'account_id',
      'region_id',
      'namespace_id',
      'deleted_at',
      'deleted_by',
      'expires_at',
      'deleted_with',
      'referrers_after',
    ])
    .expression(
      tx.db
        .selectFrom('manifests')
        .innerJoin('repositories', 'repositories.id', 'manifests.repository_id')
        .innerJoin('namespaces', 'namespaces.id', 'repositories.namespace_id')
        .select('manifests.repository_id')
        .select(CONTENT.map((column) => `manifests.${column}` as const))
        .select(['namespaces.account_id', 'repositories.region_id', 'repositories.namespace_id'])
        .select([
          sql<number>`cast(${dates.deleted_at} as bigint)`.as('deleted_at'),
          sql<string>`cast(${dates.deleted_by} as text)`.as('deleted_by'),
          sql<number>`cast(${dates.expires_at} as bigint)`.as('expires_at'),
          sql<string>`cast(${dates.deleted_with} as text)`.as('deleted_with'),
          sql<string>`''`.as('referrers_after'),
        ])
        .where('manifests.repository_id', '=', key.repositoryId)
        .where('manifests.digest', '=', key.digest),
    )
    .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doUpdateSet(dates))
    .execute();
  await tx.uncached
    .insertInto('trashed_references')
    .columns([...REFERENCE, 'linked'])
    .expression(
      tx.db
        .selectFrom('manifest_references as reference')
        .select(REFERENCE.map((column) => `reference.${column}` as const))
        .select(
          sql<number>`case when (
            select 1 from repository_blobs as link
            where link.repository_id = reference.repository_id and link.digest = reference.target_digest
          ) is null then 0 else 1 end`.as('linked'),
        )
        .where('reference.repository_id', '=', key.repositoryId)
        .where('reference.manifest_digest', '=', key.digest),
    )
    // what was held at an earlier deletion may come back after this one, too
    .onConflict((conflict) =>
      conflict.columns(['repository_id', 'manifest_digest', 'target_digest']).doUpdateSet({
        linked: sql<number>`case when trashed_references.linked = 1 then 1 else excluded.linked end`,
      }),
    )
    .execute();
};

/** Keeps the names of tags that were on a manifest until `at`. */
export const keepTags = async (
  tx: Tx,
  { repositoryId, digest }: ImageKey,
  names: readonly string[],
  at: number,
): Promise<void> => {
  if (names.length === 0) return;
  await tx.uncached
    .insertInto('trashed_tags')
    .values(names.map((name) => ({ repository_id: repositoryId, digest, name, deleted_at: at })))
    .onConflict((conflict) =>
      conflict.columns(['repository_id', 'digest', 'name']).doUpdateSet({ deleted_at: at }),
    )
    .execute();
};

/** A deleted manifest of which not all referrers have gone along. */
export interface Unfinished {
  readonly digest: string;
  /** The referrer that was looked at last. */
  readonly after: string;
}

/** One of a deletion's manifests whose referrers have not all been looked at. */
export const unfinishedOf = (
  db: Db,
  repositoryId: string,
  deletedWith: string,
): Promise<Unfinished | undefined> =>
  db
    .selectFrom('trashed_manifests')
    .select('digest')
    .select(({ fn, val }) => fn.coalesce('referrers_after', val('')).as('after'))
    .where('repository_id', '=', repositoryId)
    .where('deleted_with', '=', deletedWith)
    .where('referrers_after', 'is not', null)
    .limit(1)
    .executeTakeFirst();

/** Writes down how far the referrers have been looked at; null: all of them. */
export const noteLookedAt = async (
  tx: Tx,
  { repositoryId, digest }: ImageKey,
  after: string | null,
): Promise<void> => {
  await tx.uncached
    .updateTable('trashed_manifests')
    .set({ referrers_after: after })
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .execute();
};

/** What can be restored of a digest. */
export interface Trashed extends Deletion {
  readonly repositoryId: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly subject: string | null;
}

const trashed = (db: Db) =>
  db
    .selectFrom('trashed_manifests')
    .select([
      'trashed_manifests.repository_id as repositoryId',
      'trashed_manifests.digest',
      'media_type as mediaType',
      'image_size as size',
      'subject',
      'deleted_at as deletedAt',
      'deleted_by as deletedBy',
      'expires_at as expiresAt',
      'deleted_with as deletedWith',
    ]);

export const findTrashed = (db: Db, { repositoryId, digest }: ImageKey): Promise<Trashed | undefined> =>
  trashed(db)
    .where('repository_id', '=', repositoryId)
    .where('trashed_manifests.digest', '=', digest)
    .executeTakeFirst();

/** The manifest that was deleted last of those that bore the tag, of those that can be restored at `at`. */
export const digestOfTrashedTag = async (
  db: Db,
  { repositoryId, tag, at }: { repositoryId: string; tag: string; at: number },
): Promise<string | undefined> => {
  const row = await db
    .selectFrom('trashed_tags as tag')
    .innerJoin('trashed_manifests as manifest', (join) =>
      join
        .onRef('manifest.repository_id', '=', 'tag.repository_id')
        .onRef('manifest.digest', '=', 'tag.digest'),
    )
    .select('tag.digest')
    .where('tag.repository_id', '=', repositoryId)
    .where('tag.name', '=', tag)
    .where('manifest.expires_at', '>', at)
    .orderBy('tag.deleted_at', 'desc')
    .orderBy('tag.digest', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.digest;
};

/** Names of tags that a deleted manifest bore, in byte order behind `after`. */
export const trashedTags = async (
  db: Db,
  { repositoryId, digest, after, limit }: ImageKey & { after: string; limit: number },
): Promise<string[]> => {
  const rows = await db
    .selectFrom('trashed_tags')
    .select('name')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .where('name', '>', after)
    // by digest too: PostgreSQL would take the index of names and read those of every digest
    .orderBy('digest')
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name);
};

/** Any `limit` tags that these deleted manifests bore, in no order: all that there are where they are fewer. */
export const someTrashedTags = (
  db: Db,
  manifests: readonly ImageKey[],
  limit: number,
): Promise<(ImageKey & { name: string })[]> =>
  db
    .with(
      'wanted(repository_id, digest)',
      () =>
        sql<{ repository_id: string; digest: string }>`(values ${sql.join(
          manifests.map(({ repositoryId, digest }) => sql`(${repositoryId}, ${digest})`),
        )})`,
    )
    .selectFrom('wanted')
    .innerJoin('trashed_tags as tag', (join) =>
      join.onRef('tag.repository_id', '=', 'wanted.repository_id').onRef('tag.digest', '=', 'wanted.digest'),
    )
    .select(['tag.repository_id as repositoryId', 'tag.digest', 'tag.name'])
    .limit(limit)
    .execute();

/** A deleted manifest as it is listed. */
export interface ListedTrash extends Trashed {
  readonly repository: string;
}

/** What can be restored of a namespace at `at`, behind an entry, in the order of repository ids and digests. */
export const trashOfNamespace = (
  db: Db,
  query: { namespaceId: string; after: ImageKey; at: number; limit: number },
): Promise<ListedTrash[]> =>
  trashed(db)
    .innerJoin('repositories', 'repositories.id', 'trashed_manifests.repository_id')
    .select('repositories.name as repository')
    .where('trashed_manifests.namespace_id', '=', query.namespaceId)
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('trashed_manifests.repository_id', 'trashed_manifests.digest'),
        '>',
        tuple(query.after.repositoryId, query.after.digest),
      ),
    )
    .where('expires_at', '>', query.at)
    .orderBy('trashed_manifests.repository_id')
    .orderBy('trashed_manifests.digest')
    .limit(query.limit)
    .execute();

export const forgetTags = async (
  tx: Tx,
  { repositoryId, digest }: ImageKey,
  names: readonly string[],
): Promise<void> => {
  if (names.length === 0) return;
  await tx.uncached
    .deleteFrom('trashed_tags')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .where('name', 'in', names)
    .execute();
};

/** Takes the entry of a deleted manifest out of the trash, with what it refers to; answers how many rows. */
export const deleteEntry = async (tx: Tx, { repositoryId, digest }: ImageKey): Promise<number> => {
  const { numDeletedRows: references } = await tx.uncached
    .deleteFrom('trashed_references')
    .where('repository_id', '=', repositoryId)
    .where('manifest_digest', '=', digest)
    .executeTakeFirst();
  const { numDeletedRows: entries } = await tx.uncached
    .deleteFrom('trashed_manifests')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return Number(references) + Number(entries);
};

/** Ends the time of these now; answers how many could still be restored. */
export const endTrash = async (
  tx: Tx,
  repositoryId: string,
  digests: readonly string[],
  at: number,
): Promise<number> => {
  const { numUpdatedRows } = await tx.uncached
    .updateTable('trashed_manifests')
    .set({ expires_at: at })
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  return Number(numUpdatedRows);
};
