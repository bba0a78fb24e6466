import type { Db, Tx } from '../../database/database.ts';
import type { ImageHoldRow } from '../../database/protection-schema.ts';

export const findHold = (db: Db, repositoryId: string, digest: string): Promise<ImageHoldRow | undefined> =>
  db
    .selectFrom('image_holds')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();

/** False where the image is held already. */
export const insertHold = async (tx: Tx, row: ImageHoldRow): Promise<boolean> => {
  const { numInsertedOrUpdatedRows } = await tx.uncached
    .insertInto('image_holds')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
};

/** False where the image was not held. */
export const deleteHold = async (tx: Tx, repositoryId: string, digest: string): Promise<boolean> => {
  const { numDeletedRows } = await tx.uncached
    .deleteFrom('image_holds')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return numDeletedRows > 0n;
};

/** A hold with the repository of its image. */
export interface ListedHold extends ImageHoldRow {
  readonly repository: string;
}

/** Holds in a namespace, in the order of repository ids and digests, behind one. */
export const holdsOfNamespace = (
  db: Db,
  query: {
    namespaceId: string;
    after: { repository_id: string; digest: string };
    limit: number;
  },
): Promise<ListedHold[]> =>
  db
    .selectFrom('image_holds as hold')
    .innerJoin('repositories', 'repositories.id', 'hold.repository_id')
    .selectAll('hold')
    .select('repositories.name as repository')
    .where('hold.namespace_id', '=', query.namespaceId)
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('hold.repository_id', 'hold.digest'),
        '>',
        tuple(query.after.repository_id, query.after.digest),
      ),
    )
    .orderBy('hold.repository_id')
    .orderBy('hold.digest')
    .limit(query.limit)
    .execute();

/** Which of these digests of a repository are held. */
export const heldDigests = async (
  db: Db,
  repositoryId: string,
  digests: readonly string[],
): Promise<Set<string>> => {
  if (digests.length === 0) return new Set();
  const rows = await db
    .selectFrom('image_holds')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .execute();
  return new Set(rows.map(({ digest }) => digest));
};

/** One of the holds in an account's namespaces. */
export const holdOfAccount = (
  db: Db,
  accountId: string,
): Promise<(ImageHoldRow & { namespace: string }) | undefined> =>
  db
    .selectFrom('namespaces')
    .innerJoin('image_holds', 'image_holds.namespace_id', 'namespaces.id')
    .selectAll('image_holds')
    .select('namespaces.name as namespace')
    .where('namespaces.account_id', '=', accountId)
    .limit(1)
    .executeTakeFirst();
