import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();
const counted: Column = (column) => column.notNull().defaultTo(0);

/** What garbage collection remembers: when a link was last wanted, bytes that nothing names, and its own runs. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // null: not renewed since created_at
  await db.schema.alterTable('repository_blobs').addColumn('touched_at', 'bigint').execute();
  await db.schema.createIndex('uploads_by_staging').on('uploads').column('staging_id').execute();
  // for explaining who holds a manifest; everything else asks within a repository
  await db.schema.createIndex('manifests_by_digest').on('manifests').column('digest').execute();
  // name: storage name or staging id; progress: bytes staged; verdict: condemned (to be removed, or removed) or
  // quarantined (found damaged, kept for a person to look at)
  await db.schema
    .createTable('unnamed_bytes')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('progress', 'bigint', counted)
    .addColumn('verdict', 'text')
    .addColumn('first_seen_at', 'bigint', required)
    .addColumn('last_seen_at', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('unnamed_bytes_by_sight')
    .on('unnamed_bytes')
    .columns(['last_seen_at', 'name'])
    .execute();
  // the counters: what went, or in a dry run would have gone; then what is unreferenced but within its grace
  await db.schema
    .createTable('collection_runs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('started_at', 'bigint', required)
    .addColumn('started_by', 'text', required)
    .addColumn('finished_at', 'bigint')
    .addColumn('dry_run', 'integer', required)
    .addColumn('storage', 'integer', required)
    .addColumn('outcome', 'text', required)
    .addColumn('reason', 'text')
    .addColumn('links', 'bigint', counted)
    .addColumn('blobs', 'bigint', counted)
    .addColumn('bytes', 'bigint', counted)
    .addColumn('unnamed', 'bigint', counted)
    .addColumn('stagings', 'bigint', counted)
    .addColumn('waiting_links', 'bigint', counted)
    .addColumn('waiting_blobs', 'bigint', counted)
    .addColumn('waiting_bytes', 'bigint', counted)
    .addColumn('waiting_unnamed', 'bigint', counted)
    .execute();
  await db.schema
    .createIndex('collection_runs_by_start')
    .on('collection_runs')
    .columns(['started_at', 'id'])
    .execute();
};
