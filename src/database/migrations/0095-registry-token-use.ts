import type { Kysely } from 'kysely';

/** From which address and by which client a registry token was last used. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  for (const column of ['last_used_from', 'last_used_with'])
    await db.schema.alterTable('registry_tokens').addColumn(column, 'text').execute();
};
