import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();
const counted: Column = (column) => column.notNull().defaultTo(0);

/**
 * What is stored, counted as it changes. Written from the contraction of 0040-trash on: a program that does not know these
 * tables changes content without counting it. What was there before is counted by a job.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // 1: a tag, an index or a subject holds it; 0: none does; null: not counted yet
  await db.schema.alterTable('manifests').addColumn('in_use', 'integer').execute();
  await db.schema
    .createIndex('manifests_by_use')
    .ifNotExists()
    .on('manifests')
    .columns(['repository_id', 'in_use', 'digest'])
    .execute();
  // a blob or a manifest of a repository. linked: it holds the blob. tagged, untagged, trashed: how many manifests of each
  // kind need it (a manifest needs itself). use: the first of 0 tagged, 1 untagged, 2 trash, 3 waiting that it is for
  await db.schema
    .createTable('repository_contents')
    .addColumn('repository_id', 'text', required)
    .addColumn('digest', 'text', required)
    .addColumn('account_id', 'text', required)
    .addColumn('region_id', 'text', required)
    .addColumn('namespace_id', 'text', required)
    .addColumn('size', 'bigint', required)
    .addColumn('linked', 'integer', counted)
    .addColumn('tagged', 'integer', counted)
    .addColumn('untagged', 'integer', counted)
    .addColumn('trashed', 'integer', counted)
    .addColumn('use', 'integer', required)
    .addPrimaryKeyConstraint('repository_contents_key', ['repository_id', 'digest'])
    .execute();
  await db.schema
    .createIndex('repository_contents_of_account')
    .on('repository_contents')
    .columns(['account_id', 'region_id', 'digest', 'use', 'repository_id', 'namespace_id'])
    .execute();
  // kind: account, namespace or repository. Bytes by use; shared: what more than one repository of the account has. Sums
  // over the shards, of which there are several so that no row is changed by every push
  await db.schema
    .createTable('usage_counters')
    .addColumn('kind', 'text', required)
    .addColumn('id', 'text', required)
    .addColumn('region_id', 'text', required)
    .addColumn('shard', 'integer', required)
    .addColumn('tagged', 'bigint', counted)
    .addColumn('untagged', 'bigint', counted)
    .addColumn('trash', 'bigint', counted)
    .addColumn('waiting', 'bigint', counted)
    .addColumn('shared', 'bigint', counted)
    .addColumn('images', 'bigint', counted)
    .addColumn('untagged_images', 'bigint', counted)
    .addColumn('trashed_images', 'bigint', counted)
    .addPrimaryKeyConstraint('usage_counters_key', ['kind', 'id', 'region_id', 'shard'])
    .execute();
};
