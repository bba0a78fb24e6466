import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** Limits of an account in a region with what was pulled by month, and what was refused to whom. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // no row, or null in one: no limit. Bytes.
  await db.schema
    .createTable('quotas')
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('region_id', 'text', (column) => column.notNull().references('regions.id'))
    .addColumn('storage_limit', 'bigint')
    .addColumn('traffic_limit', 'bigint')
    .addPrimaryKeyConstraint('quotas_key', ['account_id', 'region_id'])
    .execute();
  // month: 2026-11, UTC
  await db.schema
    .createTable('pull_traffic')
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('region_id', 'text', (column) => column.notNull().references('regions.id'))
    .addColumn('month', 'text', required)
    .addColumn('bytes', 'bigint', required)
    .addPrimaryKeyConstraint('pull_traffic_key', ['account_id', 'region_id', 'month'])
    .execute();
  // id: the first request of its minute; principal_id: an iam_id or a registry token's id; resource: JSON
  await db.schema
    .createTable('refusals')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('principal_kind', 'text', required)
    .addColumn('principal_id', 'text', required)
    .addColumn('action', 'text', required)
    .addColumn('resource', 'text', required)
    .addColumn('exists_here', 'integer', required)
    .addColumn('because', 'text', required)
    .addColumn('at', 'bigint', required)
    .addColumn('times', 'bigint', required)
    .execute();
  await db.schema.createIndex('refusals_of_account').on('refusals').column('account_id').execute();
  await db.schema.createIndex('refusals_by_time').on('refusals').columns(['at', 'id']).execute();
  // the requests that were refused in the same way in the same minute, up to a number of them
  await db.schema
    .createTable('refused_requests')
    .addColumn('request_id', 'text', (column) => column.primaryKey())
    .addColumn('refusal_id', 'text', (column) =>
      column.notNull().references('refusals.id').onDelete('cascade'),
    )
    .execute();
  await db.schema
    .createIndex('refused_requests_of_refusal')
    .on('refused_requests')
    .column('refusal_id')
    .execute();
};
