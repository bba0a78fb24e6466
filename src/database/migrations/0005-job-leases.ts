import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull();

/** Jobs that run once, whatever the number of replicas: who holds each, until when, and when it is due again. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('job_leases')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('holder', 'text', required)
    .addColumn('held_until', 'bigint', required)
    .addColumn('due_at', 'bigint', required)
    .execute();
};
