import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** The last good public keys of each issuer, for a start while the issuer is down. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // discovery, issuer: what they were read for; keys of another address are not used. keys: a JWKS as JSON
  await db.schema
    .createTable('issuer_keys')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('issuer', 'text', required)
    .addColumn('discovery', 'text', required)
    .addColumn('keys', 'text', required)
    .addColumn('read_at', 'bigint', required)
    .execute();
};
