import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** How often tags and manifests were pulled, by day, and what an account wants to know of its pulls. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // kind: 'tag' or 'digest'. day: whole days since 1970, UTC. No reference to the repository: a job forgets what is gone
  await db.schema
    .createTable('pulls')
    .addColumn('repository_id', 'text', required)
    .addColumn('kind', 'text', required)
    .addColumn('reference', 'text', required)
    .addColumn('day', 'integer', required)
    .addColumn('count', 'bigint', required)
    .addColumn('last_at', 'bigint', required)
    .addColumn('last_principal', 'text', required)
    .addPrimaryKeyConstraint('pulls_key', ['repository_id', 'kind', 'reference', 'day'])
    .execute();
  // pulls: 'minute', 'each' or 'none'
  await db.schema
    .createTable('audit_settings')
    .addColumn('account_id', 'text', (column) =>
      column.primaryKey().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('pulls', 'text', required)
    .addColumn('modified_at', 'bigint', required)
    .addColumn('modified_by', 'text', required)
    .execute();
};
