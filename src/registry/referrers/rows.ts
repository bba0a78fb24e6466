import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';

/** A manifest as the referrers API lists it. */
export interface Referrer {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | null;
  /** JSON: an object of strings. */
  readonly annotations: string;
  readonly size: number;
}

/** A referrer before it is read: its annotations may be as long as a manifest. */
export interface ReferrerSize {
  readonly digest: string;
  readonly artifactType: string | null;
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
    after: string;
    limit: number;
  },
): Promise<ReferrerSize[]> =>
  db
    .selectFrom('manifests')
    .select(['digest', 'artifact_type as artifactType'])
    .select(referrerBytes.as('bytes'))
    .where('repository_id', '=', query.repositoryId)
    .where('subject', '=', query.subject)
    .where('digest', '>', query.after)
    .orderBy('digest')
    .limit(query.limit)
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
    .select(['digest', 'media_type as mediaType', 'artifact_type as artifactType', 'annotations'])
    .select((select) => select.fn<number>('length', ['content']).as('size'))
    .where('repository_id', '=', repositoryId)
    .where('digest', 'in', digests)
    .orderBy('digest')
    .execute();
};

/** Digests of the manifests whose subject this is, in their order behind `after`. */
export const referrersAfter = async (
  db: Db,
  { repositoryId, digest }: { repositoryId: string; digest: string },
  after: string,
  limit: number,
): Promise<string[]> => {
  const rows = await db
    .selectFrom('manifests')
    .select('digest')
    .where('repository_id', '=', repositoryId)
    .where('subject', '=', digest)
    .where('digest', '>', after)
    .orderBy('digest')
    .limit(limit)
    .execute();
  return rows.map((row) => row.digest);
};
