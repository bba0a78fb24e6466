import type { Kysely } from 'kysely';

/** What an account may store and pull in a region at the most, in bytes, as the operator says; null: as much as it likes. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  for (const column of ['most_storage', 'most_traffic'])
    await db.schema.alterTable('quotas').addColumn(column, 'bigint').execute();
};
