import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** The issuers of workload tokens that the operator's file declares, and whether they are disabled. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // generation: another one each time the issuer ends, so that what came from it before stays ended
  await db.schema
    .createTable('issuers')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('issuer', 'text', required)
    .addColumn('generation', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('disabled_at', 'bigint')
    .addColumn('disabled_by', 'text')
    .addColumn('removed_at', 'bigint')
    .execute();
};
