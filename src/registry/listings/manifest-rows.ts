import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';

/** What a list of tags tells of a manifest, without its content. */
export interface ManifestRowFacts {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly configDigest: string | null;
  readonly size: number;
  readonly pushedBy: string;
}

/** An early version took sizes whose sum no number holds exactly. */
const exactSize = sql<number>`case when image_size > ${sql.lit(Number.MAX_SAFE_INTEGER)}
  then ${sql.lit(Number.MAX_SAFE_INTEGER)} else image_size end`;

export const manifestFacts = async (
  db: Db,
  repositoryId: string,
  digests: readonly string[],
): Promise<ManifestRowFacts[]> => {
  if (digests.length === 0) return [];
  return db
    .selectFrom('manifests')
    .select([
      'digest',
      'media_type as mediaType',
      'artifact_type as artifactType',
      'config_digest as configDigest',
      'created_by as pushedBy',
      exactSize.as('size'),
    ])
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .execute();
};

/** The contents of those of these manifests that are no longer than `most` bytes. */
export const shortContents = async (
  db: Db,
  { repositoryId, digests, most }: { repositoryId: string; digests: readonly string[]; most: number },
): Promise<{ digest: string; mediaType: string; content: Uint8Array }[]> => {
  if (digests.length === 0) return [];
  return db
    .selectFrom('manifests')
    .select(['digest', 'media_type as mediaType', 'content'])
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .where(sql<number>`octet_length(content)`, '<=', most)
    .execute();
};

/** Characters of a referrer's annotations that are looked at. */
const ANNOTATIONS = 2000;

/** Any `limit` manifests that refer to one of these, with what says of which kind they are. */
export const someReferrers = async (
  db: Db,
  { repositoryId, subjects, limit }: { repositoryId: string; subjects: readonly string[]; limit: number },
): Promise<{ subject: string | null; artifactType: string | null; annotations: string }[]> => {
  if (subjects.length === 0) return [];
  return db
    .selectFrom('manifests')
    .select([
      'subject',
      'artifact_type as artifactType',
      sql<string>`substr(annotations, 1, ${sql.lit(ANNOTATIONS)})`.as('annotations'),
    ])
    .where('repository_id', '=', repositoryId)
    .where('subject', 'in', subjects)
    .limit(limit)
    .execute();
};
