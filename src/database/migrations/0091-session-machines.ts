import type { Kysely } from 'kysely';

/** The machine that a session is on, as its client named it. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema.alterTable('sessions').addColumn('machine', 'text').execute();
};
