import type { Kysely } from 'kysely';

/** A backup that copies bytes keeps collection from removing them: a row that its holder renews, and that lapses with it. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('byte_holds')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('held_until', 'bigint', (column) => column.notNull())
    .execute();
};
