import type { Db } from '../../database/database.ts';

/** Some tags of a repository: those whose names start so, or the one that has this name exactly. */
export interface TagPart {
  readonly start: string;
  readonly exact: boolean;
}

/** Behind every tag that starts so: no tag has a character as high. */
const endOf = (start: string): string => `${start}\u007f`;

/** Names of those of these manifests' tags that lie in a part, in no order: at most `limit`. */
export const tagsWithin = async (
  db: Db,
  query: { repositoryId: string; digests: readonly string[]; part: TagPart; limit: number },
): Promise<string[]> => {
  const { repositoryId, digests, part, limit } = query;
  const rows = await db
    .selectFrom('tags')
    .select('name')
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .where('name', '>=', part.start)
    .where('name', '<=', part.exact ? part.start : endOf(part.start))
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name);
};

/** Tags that lie in a part, with what they stand for, by name behind `after`. */
export const tagsOfPart = (
  db: Db,
  query: { repositoryId: string; part: TagPart; after: string; limit: number },
): Promise<{ name: string; digest: string }[]> => {
  const { repositoryId, part, after, limit } = query;
  return db
    .selectFrom('tags')
    .select(['name', 'digest'])
    .where('repository_id', '=', repositoryId)
    .where('name', '>=', part.start)
    .where('name', '<=', part.exact ? part.start : endOf(part.start))
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();
};

/** Manifests that refer to any of these digests, in no order: at most `limit` references. */
export const holdersOf = async (
  db: Db,
  { repositoryId, digests, limit }: { repositoryId: string; digests: readonly string[]; limit: number },
): Promise<string[]> => {
  const rows = await db
    .selectFrom('manifest_references')
    // `kind` is in no index: else SQLite reads all references of the repository in the index that has the other columns
    .select(['manifest_digest', 'kind'])
    .where('repository_id', '=', repositoryId)
    .where('target_digest', 'in', digests)
    .limit(limit)
    .execute();
  return rows.map(({ manifest_digest }) => manifest_digest);
};

/** What these manifests refer to as their subject. */
export const subjectsOf = async (
  db: Db,
  repositoryId: string,
  digests: readonly string[],
): Promise<string[]> => {
  const rows = await db
    .selectFrom('manifests')
    // the type is in no index: else SQLite reads all subjects of the repository in theirs
    .select(['subject', 'media_type'])
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .execute();
  return rows.flatMap(({ subject }) => subject ?? []);
};

/** Whether one of these manifests refers to the digest. */
export const doReferTo = async (
  db: Db,
  { repositoryId, manifests, digest }: { repositoryId: string; manifests: readonly string[]; digest: string },
): Promise<boolean> => {
  if (manifests.length === 0) return false;
  const row = await db
    .selectFrom('manifest_references')
    .select('manifest_digest')
    .where('repository_id', '=', repositoryId)
    .where('manifest_digest', 'in', manifests)
    .where('target_digest', '=', digest)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
};

/** Manifests that any of these indexes lists, in no order: at most `limit`. */
export const childrenOf = async (
  db: Db,
  { repositoryId, indexes, limit }: { repositoryId: string; indexes: readonly string[]; limit: number },
): Promise<string[]> => {
  if (indexes.length === 0) return [];
  const rows = await db
    .selectFrom('manifest_references')
    .select('target_digest')
    .where('repository_id', '=', repositoryId)
    .where('manifest_digest', 'in', indexes)
    .where('kind', '=', 'manifest')
    .limit(limit)
    .execute();
  return rows.map(({ target_digest }) => target_digest);
};
