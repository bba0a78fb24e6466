import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** How far this database has come, to be compared with what was written beside the bytes. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // one row at most. number: grows while there are writes; at: when it last did
  await db.schema
    .createTable('storage_position')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('number', 'bigint', required)
    .addColumn('at', 'bigint', required)
    .execute();
};
