import type { Kysely } from 'kysely';

/** What finds the users who log in with an e-mail address, oldest first. Several can have the same one, in different accounts. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema.createIndex('users_by_email').on('users').columns(['email', 'created_at']).execute();
};
