import type { Kysely } from 'kysely';

/** Referrers come in pages by digest: the index that finds a subject's also has them in that order. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createIndex('manifests_by_subject_and_digest')
    .ifNotExists()
    .on('manifests')
    .columns(['repository_id', 'subject', 'digest'])
    .execute();
  await db.schema.dropIndex('manifests_by_subject').ifExists().execute();
};
