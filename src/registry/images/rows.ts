import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';

/** A tag with the manifest it points at, as people list images. */
export interface ListedImage {
  readonly repository: string;
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

/** Tagged manifests of these namespaces, one entry per tag, by repository and tag. */
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
      'manifests.media_type as mediaType',
      'manifests.config_digest as configDigest',
      'manifests.image_created_at as builtAt',
      'manifests.created_at as pushedAt',
    ])
    .select(exactSize.as('size'))
    .where('repositories.namespace_id', 'in', namespaceIds)
    .$if(repository !== undefined, (select) => select.where('repositories.name', '=', repository ?? ''))
    .orderBy('repositories.name')
    .orderBy('tags.name')
    .execute();
};
