import type { Kysely } from 'kysely';

/** What finds the refresh tokens of an identity among those of its account; it does what the index of the account did. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createIndex('refresh_tokens_of_identity')
    .on('refresh_tokens')
    .columns(['account_id', 'iam_id'])
    .execute();
  await db.schema.dropIndex('refresh_tokens_of_account').execute();
};
