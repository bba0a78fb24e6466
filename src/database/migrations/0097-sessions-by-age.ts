import type { Kysely } from 'kysely';

/** What finds the oldest sessions and refresh tokens of an identity; it does what the index of the identity did. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  for (const table of ['sessions', 'refresh_tokens']) {
    await db.schema
      .createIndex(`${table}_by_age`)
      .ifNotExists()
      .on(table)
      .columns(['account_id', 'iam_id', 'created_at', 'id'])
      .execute();
    await db.schema.dropIndex(`${table}_of_identity`).ifExists().execute();
  }
};
