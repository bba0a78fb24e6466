import type { Kysely } from 'kysely';

/** What finds sessions and refresh tokens whose time is over, for the job that takes them away. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  for (const table of ['sessions', 'refresh_tokens'])
    await db.schema.createIndex(`${table}_by_expiry`).on(table).column('expires_at').execute();
};
