import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** What a workload's login with the token of an issuer lasts in. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // token_hash: of what the issuer signed; text_hash: of the whole token. chain, claims: JSON.
  // kept_until: the row of an ended session refuses its token as long as that could be accepted
  await db.schema
    .createTable('federated_sessions')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('token_hash', 'text', required)
    .addColumn('text_hash', 'text', required)
    .addColumn('account_id', 'text', required)
    .addColumn('profile_id', 'text', required)
    .addColumn('issuer', 'text', required)
    .addColumn('chain', 'text', required)
    .addColumn('claims', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('expires_at', 'bigint', required)
    .addColumn('kept_until', 'bigint', required)
    .addColumn('ended_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('federated_sessions_of_token')
    .on('federated_sessions')
    .columns(['token_hash', 'profile_id'])
    .unique()
    .execute();
  await db.schema
    .createIndex('federated_sessions_of_profile')
    .on('federated_sessions')
    .columns(['profile_id', 'created_at', 'id'])
    .execute();
  await db.schema
    .createIndex('federated_sessions_by_end')
    .on('federated_sessions')
    .column('kept_until')
    .execute();
};
