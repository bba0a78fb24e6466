import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** Up to which number the server has exported the audit log, by target. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('audit_exports')
    .addColumn('target', 'text', (column) => column.primaryKey())
    .addColumn('number', 'bigint', required)
    .addColumn('moved_at', 'bigint', required)
    .execute();
};
