import type { Kysely } from 'kysely';

/**
 * The tags of a digest in the order of their names, page by page. Before an upgrade of a large PostgreSQL installation:
 * `create index concurrently if not exists tags_by_digest_and_name on tags (repository_id, digest, name)`.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createIndex('tags_by_digest_and_name')
    .ifNotExists()
    .on('tags')
    .columns(['repository_id', 'digest', 'name'])
    .execute();
};
