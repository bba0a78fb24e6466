import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();

/**
 * What lists of repositories and tags are ordered by. Rows that were there before get it by the job `fill-listings`. Before an
 * upgrade of a large PostgreSQL installation:
 * `create index concurrently if not exists tags_by_update on tags (repository_id, updated_at, name)`. The other two indexes
 * take some seconds of a table with millions of tags.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // when something was last pushed to a repository and last pulled from it, written some seconds later
  await db.schema
    .createTable('repository_activity')
    .addColumn('repository_id', 'text', (column) =>
      column.primaryKey().references('repositories.id').onDelete('cascade'),
    )
    .addColumn('namespace_id', 'text', required)
    .addColumn('pushed_at', 'bigint', required)
    .addColumn('pulled_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('repository_activity_by_push')
    .on('repository_activity')
    .columns(['namespace_id', 'pushed_at', 'repository_id'])
    .execute();
  await db.schema
    .createIndex('tags_by_update')
    .ifNotExists()
    .on('tags')
    .columns(['repository_id', 'updated_at', 'name'])
    .execute();
  // the name as it is ordered where numbers compare as numbers (oci/name-key.ts); null of a row that a version
  // before wrote
  await db.schema.alterTable('tags').addColumn('name_key', 'text').execute();
  await db.schema
    .createIndex('tags_by_name_key')
    .ifNotExists()
    .on('tags')
    .columns(['repository_id', 'name_key', 'name'])
    .execute();
  await db.schema
    .createIndex('tags_without_key')
    .ifNotExists()
    .on('tags')
    .column('repository_id')
    .where(sql.ref('name_key'), 'is', null)
    .execute();
};
