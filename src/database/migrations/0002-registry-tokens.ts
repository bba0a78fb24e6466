import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** Registry tokens, and what an account allows of them in a region. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // a token's value is not here: it is signed again from this row with the key it names
  await db.schema
    .createTable('registry_tokens')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('region_id', 'text', (column) => column.notNull().references('regions.id'))
    .addColumn('issuer', 'text', required)
    .addColumn('signing_key_id', 'text', (column) => column.notNull().references('signing_keys.id'))
    .addColumn('readonly', 'integer', required)
    .addColumn('namespace_id', 'text', (column) => column.references('namespaces.id').onDelete('cascade'))
    .addColumn('description', 'text', required)
    .addColumn('expires_at', 'bigint')
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('last_used_at', 'bigint')
    .addColumn('use_count', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('registry_tokens_of_account')
    .on('registry_tokens')
    .columns(['account_id', 'region_id', 'id'])
    .execute();
  await db.schema
    .createIndex('registry_tokens_by_expiry')
    .on('registry_tokens')
    .column('expires_at')
    .execute();
  await db.schema
    .createIndex('registry_tokens_by_signing_key')
    .on('registry_tokens')
    .columns(['signing_key_id', 'id'])
    .execute();
  await db.schema
    .createIndex('registry_tokens_of_namespace')
    .on('registry_tokens')
    .column('namespace_id')
    .execute();
  await db.schema
    .createTable('auth_options')
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('region_id', 'text', (column) => column.notNull().references('regions.id'))
    .addColumn('registry_tokens', 'text', required)
    .addPrimaryKeyConstraint('auth_options_key', ['account_id', 'region_id'])
    .execute();
};
