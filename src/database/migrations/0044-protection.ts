import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/** Tags that cannot be moved or deleted, and images that are held. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // tags: a pattern. repositories: a pattern of what follows namespace/, null for all. exceptions: JSON, patterns of tags
  await db.schema
    .createTable('protection_rules')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('namespace_id', 'text', (column) =>
      column.notNull().references('namespaces.id').onDelete('cascade'),
    )
    .addColumn('tags', 'text', required)
    .addColumn('repositories', 'text')
    .addColumn('exceptions', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .execute();
  await db.schema
    .createIndex('protection_rules_of_namespace')
    .on('protection_rules')
    .columns(['namespace_id', 'created_at', 'id'])
    .execute();
  await db.schema
    .createTable('image_holds')
    .addColumn('repository_id', 'text', (column) => column.notNull().references('repositories.id'))
    .addColumn('digest', 'text', required)
    .addColumn('namespace_id', 'text', required)
    .addColumn('reason', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addPrimaryKeyConstraint('image_holds_key', ['repository_id', 'digest'])
    .execute();
  await db.schema
    .createIndex('image_holds_of_namespace')
    .on('image_holds')
    .columns(['namespace_id', 'repository_id', 'digest'])
    .execute();
};
