import type { Kysely } from 'kysely';

/** What each backup did, for the person who looks after them and for the metrics. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('backup_runs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('started_by', 'text', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('offline', 'integer', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('snapshot', 'text')
    .addColumn('blobs', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('bytes', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('copied_blobs', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('copied_bytes', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('damaged', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createIndex('backup_runs_by_start')
    .on('backup_runs')
    .columns(['started_at', 'id'])
    .execute();
};
