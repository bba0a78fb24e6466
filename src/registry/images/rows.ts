import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';

/** A tag with the manifest it points at. */
export interface TaggedManifest {
  readonly repositoryId: string;
  readonly tag: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly configDigest: string | null;
  /** Bytes of the config and the layers, as the manifest states them. */
  readonly size: number;
  /** When the image was built, in milliseconds; null where its config does not say. */
  readonly builtAt: number | null;
  readonly pushedAt: number;
}

/** An early version took sizes whose sum no number holds exactly. */
const exactSize = sql<number>`case when manifests.image_size > ${sql.lit(Number.MAX_SAFE_INTEGER)}
  then ${sql.lit(Number.MAX_SAFE_INTEGER)} else manifests.image_size end`;

const tagsWithManifests = (db: Db) =>
  db
    .selectFrom('tags')
    .innerJoin('manifests', (join) =>
      join
        .onRef('manifests.repository_id', '=', 'tags.repository_id')
        .onRef('manifests.digest', '=', 'tags.digest'),
    )
    .select([
      'tags.repository_id as repositoryId',
      'tags.name as tag',
      'tags.digest',
      'manifests.media_type as mediaType',
      'manifests.config_digest as configDigest',
      'manifests.image_created_at as builtAt',
      'manifests.created_at as pushedAt',
    ])
    .select(exactSize.as('size'));

/** Tags of one repository with their manifests, by digest and name, behind the digest `after`. */
export const taggedManifests = (
  db: Db,
  { repositoryId, after, limit }: { repositoryId: string; after: string; limit: number },
): Promise<TaggedManifest[]> =>
  tagsWithManifests(db)
    .where('tags.repository_id', '=', repositoryId)
    .where('tags.digest', '>', after)
    .orderBy('tags.digest')
    .orderBy('tags.name')
    .limit(limit)
    .execute();

/** Any `limit` tags of several repositories, in no order: all that there are where they are fewer. */
export const someTaggedManifests = (
  db: Db,
  repositoryIds: readonly string[],
  limit: number,
): Promise<TaggedManifest[]> =>
  tagsWithManifests(db).where('tags.repository_id', 'in', repositoryIds).limit(limit).execute();

/** Names of the tags of a digest, in byte order, after `after`. */
export const tagsOfDigest = async (
  db: Db,
  query: { repositoryId: string; digest: string; after: string; limit: number },
): Promise<string[]> => {
  const rows = await db
    .selectFrom('tags')
    .select('name')
    .where('repository_id', '=', query.repositoryId)
    .where('digest', '=', query.digest)
    .where('name', '>', query.after)
    .orderBy('name')
    .limit(query.limit)
    .execute();
  return rows.map(({ name }) => name);
};
