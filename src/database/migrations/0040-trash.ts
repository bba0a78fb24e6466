import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();
const ofRepository: Column = (column) => column.notNull().references('repositories.id');

/**
 * Deleted images, which can be restored until they expire. They stand in tables of their own, so that no query of what is
 * there has to leave them out. 9040-contract-0040-… completes this step: rows are written after it only, since a program
 * that does not know these tables would collect the bytes that only they hold.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  // the columns of manifests, and: who deleted it and when, until when it can be restored, and with which image it went
  // (its own digest for what was named). referrers_after: how far its referrers have gone along; null: all of them.
  // account_id, region_id and namespace_id: those of its repository, to list and to bound the trash by
  await db.schema
    .createTable('trashed_manifests')
    .addColumn('repository_id', 'text', ofRepository)
    .addColumn('digest', 'text', required)
    .addColumn('media_type', 'text', required)
    .addColumn('artifact_type', 'text')
    .addColumn('subject', 'text')
    .addColumn('annotations', 'text', required)
    .addColumn('config_digest', 'text')
    .addColumn('image_size', 'bigint', required)
    .addColumn('image_created_at', 'bigint')
    .addColumn('content', 'blob', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('account_id', 'text', required)
    .addColumn('region_id', 'text', required)
    .addColumn('namespace_id', 'text', required)
    .addColumn('deleted_at', 'bigint', required)
    .addColumn('deleted_by', 'text', required)
    .addColumn('expires_at', 'bigint', required)
    .addColumn('deleted_with', 'text', required)
    .addColumn('referrers_after', 'text')
    .addPrimaryKeyConstraint('trashed_manifests_key', ['repository_id', 'digest'])
    .execute();
  const indexes: Readonly<Record<string, readonly string[]>> = {
    trashed_manifests_of_namespace: ['namespace_id', 'repository_id', 'digest'],
    trashed_manifests_by_expiry: ['expires_at', 'repository_id', 'digest'],
    trashed_manifests_of_account: ['account_id', 'region_id', 'deleted_at', 'repository_id', 'digest'],
    trashed_manifests_of_deletion: ['repository_id', 'deleted_with', 'digest'],
  };
  for (const [name, columns] of Object.entries(indexes))
    await db.schema
      .createIndex(name)
      .on('trashed_manifests')
      .columns([...columns])
      .execute();
  // no reference to the manifest: of an image with very many tags, some go before it
  await db.schema
    .createTable('trashed_tags')
    .addColumn('repository_id', 'text', ofRepository)
    .addColumn('digest', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('deleted_at', 'bigint', required)
    .addPrimaryKeyConstraint('trashed_tags_key', ['repository_id', 'digest', 'name'])
    .execute();
  await db.schema
    .createIndex('trashed_tags_by_name')
    .on('trashed_tags')
    .columns(['repository_id', 'name', 'deleted_at', 'digest'])
    .execute();
  await db.schema
    .createTable('trashed_references')
    .addColumn('repository_id', 'text', ofRepository)
    .addColumn('manifest_digest', 'text', required)
    .addColumn('target_digest', 'text', required)
    .addColumn('kind', 'text', required)
    .addPrimaryKeyConstraint('trashed_references_key', ['repository_id', 'manifest_digest', 'target_digest'])
    .execute();
  await db.schema
    .createIndex('trashed_references_by_target')
    .on('trashed_references')
    .columns(['target_digest', 'repository_id'])
    .execute();
};
