import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** What an account chooses in a region: its plan, its settings, private-only access, and issues that are exempt. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // 'Free' or 'Standard'; null: Standard. The limits beside it are the account's own, whatever the plan allows
  await db.schema.alterTable('quotas').addColumn('plan', 'text').execute();
  // null: 0
  await db.schema.alterTable('auth_options').addColumn('private_only', 'integer').execute();
  await db.schema
    .createTable('registry_settings')
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('region_id', 'text', (column) => column.notNull().references('regions.id'))
    .addColumn('platform_metrics', 'integer', required)
    .addPrimaryKeyConstraint('registry_settings_key', ['account_id', 'region_id'])
    .execute();
  // what is empty is not named: all three are for the account, repository and reference for a namespace.
  // repository: without its namespace. reference: a tag, or a digest
  await db.schema
    .createTable('exemptions')
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('region_id', 'text', (column) => column.notNull().references('regions.id'))
    .addColumn('namespace', 'text', required)
    .addColumn('repository', 'text', required)
    .addColumn('reference', 'text', required)
    .addColumn('issue_type', 'text', required)
    .addColumn('issue_id', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addPrimaryKeyConstraint('exemptions_key', [
      'account_id',
      'region_id',
      'namespace',
      'repository',
      'reference',
      'issue_type',
      'issue_id',
    ])
    .execute();
};
