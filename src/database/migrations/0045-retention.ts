import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();
const key: Column = (column) => column.primaryKey();
const ofNamespace: Column = (column) => column.notNull().references('namespaces.id').onDelete('cascade');

/**
 * What is kept of the images of a namespace, the runs that delete the rest, and the images of a repository in the order of
 * their creation dates. Before an upgrade of a large PostgreSQL installation: `create index concurrently if not exists
 * manifests_by_creation on manifests (repository_id, image_created_at, digest)`.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // document: the policy as JSON. analyzed_at: when its analysis was seen; due_at: when it runs next; null: not before that
  await db.schema
    .createTable('retention_policies')
    .addColumn('namespace_id', 'text', (column) =>
      column.primaryKey().references('namespaces.id').onDelete('cascade'),
    )
    .addColumn('document', 'text', required)
    .addColumn('fingerprint', 'text', required)
    .addColumn('analyzed_at', 'bigint')
    .addColumn('due_at', 'bigint')
    .addColumn('set_at', 'bigint', required)
    .addColumn('set_by', 'text', required)
    .execute();
  await db.schema
    .createIndex('retention_policies_by_due')
    .on('retention_policies')
    .columns(['due_at', 'namespace_id'])
    .execute();
  // analyses that were answered to the end, to those who may set the policy: the latest few of each namespace
  await db.schema
    .createTable('retention_analyses')
    .addColumn('namespace_id', 'text', ofNamespace)
    .addColumn('fingerprint', 'text', required)
    .addColumn('at', 'bigint', required)
    .addPrimaryKeyConstraint('retention_analyses_key', ['namespace_id', 'fingerprint'])
    .execute();
  // cause: 'set', 'daily' or 'asked'. outcome: 'waiting', 'running', 'done', 'failed' or 'stopped'. looked … failed: how many
  // images; reasons: how many for each reason, and failures: the first of them in words, both JSON
  await db.schema
    .createTable('retention_runs')
    .addColumn('id', 'text', key)
    .addColumn('namespace_id', 'text', ofNamespace)
    .addColumn('document', 'text', required)
    .addColumn('cause', 'text', required)
    .addColumn('requested_at', 'bigint', required)
    .addColumn('requested_by', 'text', required)
    .addColumn('started_at', 'bigint')
    .addColumn('finished_at', 'bigint')
    .addColumn('outcome', 'text', required)
    .addColumn('reason', 'text')
    .addColumn('looked', 'bigint', required)
    .addColumn('deleted', 'bigint', required)
    .addColumn('changed', 'bigint', required)
    .addColumn('failed', 'bigint', required)
    .addColumn('reasons', 'text', required)
    .addColumn('failures', 'text', required)
    .execute();
  await db.schema
    .createIndex('retention_runs_of_namespace')
    .on('retention_runs')
    .columns(['namespace_id', 'requested_at', 'id'])
    .execute();
  await db.schema
    .createIndex('retention_runs_by_outcome')
    .on('retention_runs')
    .columns(['outcome', 'requested_at', 'id'])
    .execute();
  await db.schema
    .createIndex('manifests_by_creation')
    .ifNotExists()
    .on('manifests')
    .columns(['repository_id', 'image_created_at', 'digest'])
    .execute();
};
