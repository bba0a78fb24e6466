import { inBatches } from '../../database/batches.ts';
import type { Db, Tx } from '../../database/database.ts';
import type { ManifestReferenceRow, ManifestRow } from '../../database/schema.ts';

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

/** Keeps the row that is there: the same digest is the same content. Answers whether it is new. */
export const insertManifest = async (
  tx: Tx,
  row: ManifestRow,
  references: readonly ManifestReferenceRow[],
): Promise<boolean> => {
  const { numInsertedOrUpdatedRows } = await tx
    .changed('manifest', `${row.repository_id}/${row.digest}`)
    .insertInto('manifests')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  await inBatches(references, (batch) =>
    tx.uncached
      .insertInto('manifest_references')
      .values([...batch])
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
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
