import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** Accounts whose events retention leaves. A lifted hold stays as a row: it counts for some days more. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // no reference to the account: events stay when an account goes, and so does what holds them
  await db.schema
    .createTable('audit_holds')
    .addColumn('account_id', 'text', (column) => column.primaryKey())
    .addColumn('reason', 'text', required)
    .addColumn('set_at', 'bigint', required)
    .addColumn('set_by', 'text', required)
    .addColumn('lifted_at', 'bigint')
    .addColumn('lifted_by', 'text')
    .execute();
  await db.schema.createIndex('audit_holds_by_lifting').on('audit_holds').column('lifted_at').execute();
};
