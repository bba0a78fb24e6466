import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

const required = (column: ColumnDefinitionBuilder) => column.notNull();

/** What large accounts store in a region, as it was last counted. Accounts without a row are summed when asked. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('storage_counts')
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('region_id', 'text', (column) => column.notNull().references('regions.id'))
    .addColumn('bytes', 'bigint', required)
    .addColumn('counted_at', 'bigint', required)
    .addPrimaryKeyConstraint('storage_counts_key', ['account_id', 'region_id'])
    .execute();
};
