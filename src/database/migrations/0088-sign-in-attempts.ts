import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** Attempts of people to sign in at their identity providers, until they come back. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // state_hash: of what the provider sends back. cookie_hash: of what the browser keeps. sealed: all that the attempt is for
  await db.schema
    .createTable('sign_in_attempts')
    .addColumn('state_hash', 'text', (column) => column.primaryKey())
    .addColumn('network', 'text', required)
    .addColumn('cookie_hash', 'text', required)
    .addColumn('sealed', 'text', required)
    .addColumn('expires_at', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('sign_in_attempts_of_network')
    .on('sign_in_attempts')
    .column('network')
    .execute();
  await db.schema
    .createIndex('sign_in_attempts_by_end')
    .on('sign_in_attempts')
    .column('expires_at')
    .execute();
};
