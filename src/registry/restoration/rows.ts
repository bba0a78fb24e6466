import { sql } from 'kysely';
import { inBatches } from '../../database/batches.ts';
import type { Db, Tx } from '../../database/database.ts';
import { CONTENT, type ImageKey, REFERENCE } from '../trash/rows.ts';

/** Manifests that an index in the trash refers to, which are in the trash too and nowhere else: at most `limit`. */
export const trashedChildren = async (
  db: Db,
  { repositoryId, digest }: ImageKey,
  limit: number,
): Promise<string[]> => {
  // one table after the other: PostgreSQL joins them by reading all that the repository has in the trash
  const references = await db
    .selectFrom('trashed_references')
    .select('target_digest')
    .where('repository_id', '=', repositoryId)
    .where('manifest_digest', '=', digest)
    .where('kind', '=', 'manifest')
    .execute();
  const listed = references.map(({ target_digest }) => target_digest);
  const of = (table: 'manifests' | 'trashed_manifests') =>
    inBatches(listed, (batch) =>
      db
        .selectFrom(table)
        .select('digest')
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', batch)
        .execute(),
    );
  const live = new Set((await of('manifests')).map((row) => row.digest));
  const trashed = (await of('trashed_manifests')).map((row) => row.digest);
  return trashed.filter((each) => !live.has(each)).slice(0, limit);
};

/** What else went with a deletion and is still in the trash; `untagged`: without what bore tags itself. */
export const trashedAlong = async (
  db: Db,
  { repositoryId, digest }: ImageKey,
  { limit, untagged = false }: { limit: number; untagged?: boolean },
): Promise<string[]> => {
  const rows = await db
    .selectFrom('trashed_manifests')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('deleted_with', '=', digest)
    .where('digest', '<>', digest)
    .$if(untagged, (select) =>
      select.where(
        sql<boolean>`(
          select 1 from trashed_tags as tag
          where tag.repository_id = trashed_manifests.repository_id and tag.digest = trashed_manifests.digest limit 1
        ) is null`,
      ),
    )
    .limit(limit)
    .execute();
  return rows.map((row) => row.digest);
};

/** What a manifest in the trash refers to and its repository may have held. */
export interface TrashedContent {
  readonly digest: string;
  /** The repository held it as a blob when the manifest was deleted. False: a program deleted it that wrote nothing down. */
  readonly isNoted: boolean;
  /** The repository holds it as a blob now. */
  readonly isLinked: boolean;
  /** The region has its bytes. */
  readonly isStored: boolean;
}

/** Without what the repository is known not to have held: that is nothing of the manifest's. */
export const trashedContents = async (
  db: Db,
  { repositoryId, digest }: ImageKey,
): Promise<TrashedContent[]> => {
  const rows = await db
    .selectFrom('trashed_references as reference')
    .innerJoin('repositories', 'repositories.id', 'reference.repository_id')
    .leftJoin('repository_blobs as link', (join) =>
      join
        .onRef('link.repository_id', '=', 'reference.repository_id')
        .onRef('link.digest', '=', 'reference.target_digest'),
    )
    .leftJoin('blobs', (join) =>
      join
        .onRef('blobs.region_id', '=', 'repositories.region_id')
        .onRef('blobs.digest', '=', 'reference.target_digest'),
    )
    .select(['reference.target_digest as digest', 'reference.linked as noted'])
    .select(['link.digest as linked', 'blobs.digest as stored'])
    .where('reference.repository_id', '=', repositoryId)
    .where('reference.manifest_digest', '=', digest)
    .where(({ eb, or }) => or([eb('reference.linked', 'is', null), eb('reference.linked', '=', 1)]))
    .execute();
  return rows.map((row) => ({
    digest: row.digest,
    isNoted: row.noted === 1,
    isLinked: row.linked !== null,
    isStored: row.stored !== null,
  }));
};

/** The bytes of a manifest in the trash, and as what they are served. */
export const trashedContent = (
  db: Db,
  { repositoryId, digest }: ImageKey,
): Promise<{ content: Uint8Array; mediaType: string } | undefined> =>
  db
    .selectFrom('trashed_manifests')
    .select(['content', 'media_type as mediaType'])
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();

/**
 * Puts a manifest back from the trash, where its copy stays. Retention counts it as pushed at that time. False where it is there already, since it was pushed again.
 */
export const copyFromTrash = async (
  tx: Tx,
  { repositoryId, digest }: ImageKey,
  at: number,
): Promise<boolean> => {
  const { numInsertedOrUpdatedRows } = await tx
    .changed('manifest', `${repositoryId}/${digest}`)
    .insertInto('manifests')
    .columns(['repository_id', ...CONTENT])
    .expression(
      tx.db
        .selectFrom('trashed_manifests')
        .select(['repository_id', ...CONTENT])
        .where('repository_id', '=', repositoryId)
        .where('digest', '=', digest),
    )
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  await tx
    .changed('manifest', `${repositoryId}/${digest}`)
    .updateTable('manifests')
    .set({ restored_at: at })
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .execute();
  await tx.uncached
    .insertInto('manifest_references')
    .columns(REFERENCE)
    .expression(
      tx.db
        .selectFrom('trashed_references')
        .select(REFERENCE)
        .where('repository_id', '=', repositoryId)
        .where('manifest_digest', '=', digest),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
};
