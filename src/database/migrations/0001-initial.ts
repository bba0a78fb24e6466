import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely';
import type { Engine } from '../engine.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();
const key: Column = (column) => column.primaryKey();

/** The first schema. */
export const up = async (db: Kysely<unknown>, engine: Engine): Promise<void> => {
  await identityTables(db);
  await tenancyTables(db);
  await contentTables(db);
  await operationTables(db);
  if (engine === 'postgres') await changesTable(db);
};

const identityTables = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('accounts')
    .addColumn('id', 'text', key)
    .addColumn('name', 'text', required)
    .addColumn('owner_iam_id', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .execute();
  await db.schema
    .createTable('users')
    .addColumn('iam_id', 'text', key)
    .addColumn('user_name', 'text', (column) => column.notNull().unique())
    .addColumn('email', 'text', required)
    .addColumn('first_name', 'text', required)
    .addColumn('last_name', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .execute();
  await db.schema
    .createTable('memberships')
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('iam_id', 'text', (column) => column.notNull().references('users.iam_id').onDelete('cascade'))
    .addColumn('state', 'text', required)
    .addColumn('added_at', 'bigint', required)
    .addPrimaryKeyConstraint('memberships_key', ['account_id', 'iam_id'])
    .execute();
  await db.schema.createIndex('memberships_of_user').on('memberships').column('iam_id').execute();
  await db.schema
    .createTable('api_keys')
    .addColumn('id', 'text', key)
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('iam_id', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('description', 'text', required)
    .addColumn('secret_hash', 'text', (column) => column.notNull().unique())
    .addColumn('entity_tag', 'text', required)
    .addColumn('locked', 'integer', required)
    .addColumn('disabled', 'integer', required)
    .addColumn('support_sessions', 'integer', required)
    .addColumn('action_when_leaked', 'text', required)
    .addColumn('expires_at', 'bigint')
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('modified_at', 'bigint', required)
    .addColumn('last_authn_at', 'bigint')
    .addColumn('authn_count', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('api_keys_of_identity')
    .on('api_keys')
    .columns(['account_id', 'iam_id', 'id'])
    .execute();
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'text', key)
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('iam_id', 'text', required)
    .addColumn('api_key_id', 'text')
    .addColumn('client_id', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('expires_at', 'bigint', required)
    .addColumn('last_active_at', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('sessions_of_identity')
    .on('sessions')
    .columns(['account_id', 'iam_id'])
    .execute();
  await db.schema
    .createTable('refresh_tokens')
    .addColumn('id', 'text', key)
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('iam_id', 'text', required)
    .addColumn('client_id', 'text', required)
    .addColumn('session_id', 'text')
    .addColumn('api_key_id', 'text')
    .addColumn('created_at', 'bigint', required)
    .addColumn('expires_at', 'bigint', required)
    .execute();
  await db.schema.createIndex('sessions_of_api_key').on('sessions').column('api_key_id').execute();
  await db.schema
    .createIndex('refresh_tokens_of_api_key')
    .on('refresh_tokens')
    .column('api_key_id')
    .execute();
  await db.schema
    .createIndex('refresh_tokens_of_account')
    .on('refresh_tokens')
    .column('account_id')
    .execute();
  // sealed: the secret or private key, AES-256-GCM under the master key; public_jwk: what may be published of it
  await db.schema
    .createTable('signing_keys')
    .addColumn('id', 'text', key)
    .addColumn('purpose', 'text', required)
    .addColumn('sealed', 'text', required)
    .addColumn('public_jwk', 'text')
    .addColumn('created_at', 'bigint', required)
    .addColumn('retired_at', 'bigint')
    .execute();
};

const tenancyTables = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('regions')
    .addColumn('id', 'text', key)
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('created_at', 'bigint', required)
    .execute();
  await db.schema
    .createTable('namespaces')
    .addColumn('id', 'text', key)
    .addColumn('region_id', 'text', (column) => column.notNull().references('regions.id'))
    .addColumn('account_id', 'text', (column) => column.notNull().references('accounts.id'))
    .addColumn('name', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('updated_at', 'bigint', required)
    .addUniqueConstraint('namespaces_name', ['region_id', 'name'])
    .execute();
  await db.schema
    .createIndex('namespaces_of_account')
    .on('namespaces')
    .columns(['account_id', 'region_id', 'name'])
    .execute();
};

const contentTables = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('repositories')
    .addColumn('id', 'text', key)
    .addColumn('namespace_id', 'text', (column) =>
      column.notNull().references('namespaces.id').onDelete('cascade'),
    )
    .addColumn('region_id', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addUniqueConstraint('repositories_name', ['region_id', 'name'])
    .execute();
  await db.schema
    .createIndex('repositories_of_namespace')
    .on('repositories')
    .columns(['namespace_id', 'name'])
    .execute();
  // storage_key: the blob store's own name for the bytes; touched_at: renewed when an unreferenced blob is found again
  await db.schema
    .createTable('blobs')
    .addColumn('region_id', 'text', required)
    .addColumn('digest', 'text', required)
    .addColumn('storage_key', 'text', (column) => column.notNull().unique())
    .addColumn('size', 'bigint', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('touched_at', 'bigint', required)
    .addPrimaryKeyConstraint('blobs_key', ['region_id', 'digest'])
    .execute();
  await db.schema
    .createTable('repository_blobs')
    .addColumn('repository_id', 'text', (column) =>
      column.notNull().references('repositories.id').onDelete('cascade'),
    )
    .addColumn('digest', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addPrimaryKeyConstraint('repository_blobs_key', ['repository_id', 'digest'])
    .execute();
  await db.schema.createIndex('repository_blobs_by_digest').on('repository_blobs').column('digest').execute();
  await db.schema
    .createTable('manifests')
    .addColumn('repository_id', 'text', (column) =>
      column.notNull().references('repositories.id').onDelete('cascade'),
    )
    .addColumn('digest', 'text', required)
    .addColumn('media_type', 'text', required)
    .addColumn('artifact_type', 'text')
    .addColumn('subject', 'text')
    .addColumn('annotations', 'text', required)
    .addColumn('config_digest', 'text')
    .addColumn('image_size', 'bigint', required)
    .addColumn('image_created_at', 'bigint')
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('content', 'blob', required)
    .addPrimaryKeyConstraint('manifests_key', ['repository_id', 'digest'])
    .execute();
  await db.schema
    .createIndex('manifests_by_subject')
    .on('manifests')
    .columns(['repository_id', 'subject'])
    .execute();
  await db.schema
    .createTable('manifest_references')
    .addColumn('repository_id', 'text', required)
    .addColumn('manifest_digest', 'text', required)
    .addColumn('target_digest', 'text', required)
    .addColumn('kind', 'text', required)
    .addPrimaryKeyConstraint('manifest_references_key', ['repository_id', 'manifest_digest', 'target_digest'])
    .addForeignKeyConstraint(
      'manifest_references_manifest',
      ['repository_id', 'manifest_digest'],
      'manifests',
      ['repository_id', 'digest'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute();
  await db.schema
    .createIndex('manifest_references_by_target')
    .on('manifest_references')
    .columns(['repository_id', 'target_digest'])
    .execute();
  await db.schema
    .createTable('tags')
    .addColumn('repository_id', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('digest', 'text', required)
    .addColumn('updated_at', 'bigint', required)
    .addPrimaryKeyConstraint('tags_key', ['repository_id', 'name'])
    .addForeignKeyConstraint(
      'tags_manifest',
      ['repository_id', 'digest'],
      'manifests',
      ['repository_id', 'digest'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute();
  await db.schema.createIndex('tags_by_digest').on('tags').columns(['repository_id', 'digest']).execute();
  await db.schema
    .createTable('uploads')
    .addColumn('id', 'text', key)
    .addColumn('region_id', 'text', required)
    .addColumn('namespace_id', 'text', (column) =>
      column.notNull().references('namespaces.id').onDelete('cascade'),
    )
    .addColumn('repository', 'text', required)
    .addColumn('principal', 'text', required)
    .addColumn('staging_id', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('expires_at', 'bigint', required)
    .execute();
  await db.schema.createIndex('uploads_by_expiry').on('uploads').column('expires_at').execute();
  await db.schema.createIndex('uploads_of_namespace').on('uploads').column('namespace_id').execute();
};

const operationTables = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('installation')
    .addColumn('name', 'text', key)
    .addColumn('value', 'text', required)
    .execute();
  await db.schema
    .createTable('audit_events')
    .addColumn('id', 'text', key)
    .addColumn('account_id', 'text')
    .addColumn('at', 'bigint', required)
    .addColumn('action', 'text', required)
    .addColumn('outcome', 'text', required)
    .addColumn('principal', 'text', required)
    .addColumn('credential_id', 'text')
    .addColumn('target', 'text', required)
    .addColumn('address', 'text')
    .addColumn('request_id', 'text')
    .addColumn('reason', 'text')
    .execute();
  await db.schema
    .createIndex('audit_events_of_account')
    .on('audit_events')
    .columns(['account_id', 'at'])
    .execute();
};

/**
 * One row per committed write, kept for minutes. `entities` is what the write changed, as JSON (change-feed.ts);
 * `write_id` tells a write whose COMMIT was not answered whether it was kept (postgres-transaction.ts).
 */
const changesTable = async (db: Kysely<unknown>): Promise<void> => {
  const now = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;
  await db.schema
    .createTable('changes')
    .addColumn('transaction_id', sql`xid8`, (column) => column.notNull().defaultTo(sql`pg_current_xact_id()`))
    .addColumn('write_id', 'uuid', required)
    .addColumn('at', 'bigint', (column) => column.notNull().defaultTo(now))
    .addColumn('entities', 'text')
    .execute();
  await db.schema.createIndex('changes_by_transaction').on('changes').column('transaction_id').execute();
};
