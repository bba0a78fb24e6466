import type { Db, Tx } from '../../database/database.ts';
import { deleteEntry, forgetTags, type ImageKey, trashedTags } from '../../registry/tx.ts';
import { REMOVED } from '../../tenancy/tx.ts';

/*
 * Pieces of a removed namespace: each function deletes at most `limit` rows and answers how many it did. Children go
 * before their parents, so that no foreign key makes a statement longer.
 */

/** Takes the names of repositories of a removed namespace away, so that a new namespace of its name can have them. */
export const freeRepositoryNames = (
  tx: Tx,
  { namespaceId, nameBefore, limit }: { namespaceId: string; nameBefore: string; limit: number },
): Promise<number> =>
  tx.changing('repository', async (tables) => {
    const rows = await tx.db
      .selectFrom('repositories')
      .select(['id', 'region_id', 'name'])
      .where('namespace_id', '=', namespaceId)
      // names that begin with `<name>/`; those that were taken away have no slash
      .where('name', '>', `${nameBefore}/`)
      .where('name', '<', `${nameBefore}0`)
      .orderBy('name')
      .limit(limit)
      .execute();
    if (rows.length > 0)
      await tables
        .updateTable('repositories')
        .set(({ ref }) => ({ region_id: REMOVED, name: ref('id') }))
        .where(
          'id',
          'in',
          rows.map(({ id }) => id),
        )
        .execute();
    const ids = rows.flatMap(({ id, region_id, name }) => [`${region_id}/${name}`, id]);
    return { ids, answer: rows.length };
  });

/** One of the repositories of a namespace. */
export const firstRepository = async (db: Db, namespaceId: string): Promise<string | undefined> => {
  const row = await db
    .selectFrom('repositories')
    .select('id')
    .where('namespace_id', '=', namespaceId)
    .orderBy('name')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
};

export const deleteTags = (tx: Tx, repositoryId: string, limit: number): Promise<number> =>
  tx.changing('tag', async (tables) => {
    const rows = await tables
      .deleteFrom('tags')
      .where('repository_id', '=', repositoryId)
      .where('name', 'in', (select) =>
        select
          .selectFrom('tags')
          .select('name')
          .where('repository_id', '=', repositoryId)
          .orderBy('name')
          .limit(limit),
      )
      .returning('name')
      .execute();
    return { ids: rows.map(({ name }) => `${repositoryId}/${name}`), answer: rows.length };
  });

export const deleteReferences = async (tx: Tx, repositoryId: string, limit: number): Promise<number> => {
  const rows = await tx.db
    .selectFrom('manifest_references')
    .select(['manifest_digest', 'target_digest'])
    .where('repository_id', '=', repositoryId)
    .orderBy('manifest_digest')
    .orderBy('target_digest')
    .limit(limit)
    .execute();
  const byManifest = Map.groupBy(rows, ({ manifest_digest }) => manifest_digest);
  for (const [digest, references] of byManifest)
    await tx.uncached
      .deleteFrom('manifest_references')
      .where('repository_id', '=', repositoryId)
      .where('manifest_digest', '=', digest)
      .where(
        'target_digest',
        'in',
        references.map(({ target_digest }) => target_digest),
      )
      .execute();
  return rows.length;
};

/** A manifest may be as long as 4 MB, so their bytes are bounded too. */
const MANIFEST_BYTES = 4 * 2 ** 20;

/** Deletes manifests that have neither tags nor references left. */
export const deleteManifests = (tx: Tx, repositoryId: string, limit: number): Promise<number> =>
  tx.changing('manifest', async (tables) => {
    const rows = await tx.db
      .selectFrom('manifests')
      .select('digest')
      .select(({ fn }) => fn<number>('length', ['content']).as('size'))
      .where('repository_id', '=', repositoryId)
      .orderBy('digest')
      .limit(limit)
      .execute();
    let bytes = 0;
    const digests = rows
      .filter(({ size }) => {
        bytes += size;
        return bytes - size < MANIFEST_BYTES;
      })
      .map(({ digest }) => digest);
    if (digests.length > 0)
      await tables
        .deleteFrom('manifests')
        .where('repository_id', '=', repositoryId)
        .where('digest', 'in', digests)
        .execute();
    // cut by bytes: there are more, so this was all for now
    const answer = digests.length < rows.length ? limit : rows.length;
    return { ids: digests.map((digest) => `${repositoryId}/${digest}`), answer };
  });

export const deleteLinks = (tx: Tx, repositoryId: string, limit: number): Promise<number> =>
  tx.changing('repository-blob', async (tables) => {
    const rows = await tables
      .deleteFrom('repository_blobs')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', (select) =>
        select
          .selectFrom('repository_blobs')
          .select('digest')
          .where('repository_id', '=', repositoryId)
          .orderBy('digest')
          .limit(limit),
      )
      .returning('digest')
      .execute();
    return { ids: rows.map(({ digest }) => `${repositoryId}/${digest}`), answer: rows.length };
  });

/** Deletes what is in the trash of a repository. */
export const deleteTrash = async (tx: Tx, repositoryId: string, limit: number): Promise<number> => {
  let left = limit;
  while (left > 0) {
    const digest = await firstTrashed(tx.db, repositoryId);
    if (digest === undefined) break;
    left -= await deleteTrashed(tx, { repositoryId, digest }, left);
  }
  return Math.min(limit, limit - left);
};

/** Tags first, then the entry with what it refers to: a manifest may refer to a thousand blobs. */
const deleteTrashed = async (tx: Tx, key: ImageKey, limit: number): Promise<number> => {
  const names = await trashedTags(tx.db, { ...key, after: '', limit });
  await forgetTags(tx, key, names);
  return names.length === limit ? limit : names.length + Math.max(1, await deleteEntry(tx, key));
};

/** A digest that has something in the trash: an entry, or tags of one that did not come to be. */
const firstTrashed = async (db: Db, repositoryId: string): Promise<string | undefined> => {
  for (const table of ['trashed_manifests', 'trashed_tags'] as const) {
    const row = await db
      .selectFrom(table)
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .limit(1)
      .executeTakeFirst();
    if (row) return row.digest;
  }
  return undefined;
};

/** Deletes a repository that has nothing left. */
export const deleteRepository = async (tx: Tx, id: string): Promise<void> => {
  await tx.changed('repository', id).deleteFrom('repositories').where('id', '=', id).execute();
};

export const deleteUploads = async (tx: Tx, namespaceId: string, limit: number): Promise<number> => {
  const { numDeletedRows } = await tx.uncached
    .deleteFrom('uploads')
    .where('id', 'in', (select) =>
      select.selectFrom('uploads').select('id').where('namespace_id', '=', namespaceId).limit(limit),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
};

/** Registry tokens that were good for this namespace only. */
export const deleteTokens = (tx: Tx, namespaceId: string, limit: number): Promise<number> =>
  tx.changing('registry-token', async (tables) => {
    const rows = await tables
      .deleteFrom('registry_tokens')
      .where('id', 'in', (select) =>
        select
          .selectFrom('registry_tokens')
          .select('id')
          .where('namespace_id', '=', namespaceId)
          .limit(limit),
      )
      .returning('id')
      .execute();
    return { ids: rows.map(({ id }) => id), answer: rows.length };
  });
