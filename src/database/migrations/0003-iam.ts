import type { ColumnDefinitionBuilder, Kysely } from 'kysely';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();
const key: Column = (column) => column.primaryKey();
const ofAccount: Column = (column) => column.notNull().references('accounts.id').onDelete('cascade');
const flag: Column = (column) => column.notNull().defaultTo(0);

/** Service IDs, trusted profiles, passwords and invitations; access groups, policies and custom roles; resource groups. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await identityKinds(db);
  await serviceIds(db);
  await profiles(db);
  await people(db);
  await groups(db);
  await policies(db);
  await resourceGroups(db);
  // an entity's history is what the audit says was done to it
  await db.schema
    .createIndex('audit_events_of_target')
    .on('audit_events')
    .columns(['account_id', 'target', 'at'])
    .execute();
};

/** What kind of identity a key or refresh token belongs to: 'user' or 'service-id'; never read off how an id is spelt. */
const identityKinds = async (db: Kysely<unknown>): Promise<void> => {
  for (const table of ['api_keys', 'refresh_tokens']) {
    await db.schema
      .alterTable(table)
      .addColumn('identity_kind', 'text', (column) => column.notNull().defaultTo('user'))
      .execute();
  }
  // what a session or refresh token came from when that is not an API key alone: chain links as JSON
  for (const table of ['sessions', 'refresh_tokens'])
    await db.schema.alterTable(table).addColumn('chain', 'text').execute();
};

const serviceIds = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('service_ids')
    .addColumn('id', 'text', key)
    .addColumn('account_id', 'text', ofAccount)
    .addColumn('name', 'text', required)
    .addColumn('description', 'text', required)
    .addColumn('unique_instance_crns', 'text', required)
    .addColumn('entity_tag', 'text', required)
    .addColumn('locked', 'integer', flag)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('modified_at', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('service_ids_of_account')
    .on('service_ids')
    .columns(['account_id', 'id'])
    .execute();
};

const profiles = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('profiles')
    .addColumn('id', 'text', key)
    .addColumn('account_id', 'text', ofAccount)
    .addColumn('name', 'text', required)
    .addColumn('description', 'text', required)
    .addColumn('email', 'text', required)
    .addColumn('entity_tag', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('modified_at', 'bigint', required)
    .addColumn('last_authn_at', 'bigint')
    .addColumn('authn_count', 'bigint', flag)
    .addUniqueConstraint('profiles_name', ['account_id', 'name'])
    .execute();
  await db.schema.createIndex('profiles_of_account').on('profiles').columns(['account_id', 'id']).execute();
  // who may become the profile: a rule over claims, a link to a compute resource, or an identity by name
  await db.schema
    .createTable('profile_trusts')
    .addColumn('id', 'text', key)
    .addColumn('profile_id', 'text', (column) =>
      column.notNull().references('profiles.id').onDelete('cascade'),
    )
    .addColumn('kind', 'text', required)
    .addColumn('identity', 'text')
    .addColumn('document', 'text', required)
    .addColumn('entity_tag', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('modified_at', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('profile_trusts_of_profile')
    .on('profile_trusts')
    .columns(['profile_id', 'kind', 'id'])
    .execute();
  await db.schema
    .createIndex('profile_trusts_by_identity')
    .on('profile_trusts')
    .columns(['profile_id', 'identity'])
    .execute();
};

const people = async (db: Kysely<unknown>): Promise<void> => {
  // hash: argon2id as text with its parameters and salt; the id changes with each new password
  await db.schema
    .createTable('passwords')
    .addColumn('iam_id', 'text', (column) =>
      column.primaryKey().references('users.iam_id').onDelete('cascade'),
    )
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('hash', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .execute();
  // one-time codes: an invitation to an account, or a passcode for `login --sso`
  await db.schema
    .createTable('one_time_codes')
    .addColumn('id', 'text', key)
    .addColumn('code_hash', 'text', (column) => column.notNull().unique())
    .addColumn('purpose', 'text', required)
    .addColumn('account_id', 'text', ofAccount)
    .addColumn('iam_id', 'text', required)
    .addColumn('chain', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('expires_at', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('one_time_codes_of_identity')
    .on('one_time_codes')
    .columns(['account_id', 'iam_id'])
    .execute();
  await db.schema.createIndex('one_time_codes_by_expiry').on('one_time_codes').column('expires_at').execute();
  // area: 'identity', 'access_management', 'access_groups', 'users'; document: the settings as JSON
  await db.schema
    .createTable('account_settings')
    .addColumn('account_id', 'text', ofAccount)
    .addColumn('area', 'text', required)
    .addColumn('document', 'text', required)
    .addColumn('entity_tag', 'text', required)
    .addColumn('modified_at', 'bigint', required)
    .addColumn('modified_by', 'text', required)
    .addPrimaryKeyConstraint('account_settings_key', ['account_id', 'area'])
    .execute();
};

const groups = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('access_groups')
    .addColumn('id', 'text', key)
    .addColumn('account_id', 'text', ofAccount)
    .addColumn('name', 'text', required)
    .addColumn('description', 'text', required)
    .addColumn('entity_tag', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('modified_at', 'bigint', required)
    .addColumn('modified_by', 'text', required)
    .addUniqueConstraint('access_groups_name', ['account_id', 'name'])
    .execute();
  await db.schema
    .createIndex('access_groups_of_account')
    .on('access_groups')
    .columns(['account_id', 'id'])
    .execute();
  await db.schema
    .createTable('group_members')
    .addColumn('group_id', 'text', (column) =>
      column.notNull().references('access_groups.id').onDelete('cascade'),
    )
    .addColumn('iam_id', 'text', required)
    .addColumn('account_id', 'text', required)
    .addColumn('type', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addPrimaryKeyConstraint('group_members_key', ['group_id', 'iam_id'])
    .execute();
  await db.schema
    .createIndex('group_members_of_identity')
    .on('group_members')
    .columns(['account_id', 'iam_id', 'group_id'])
    .execute();
  await db.schema
    .createTable('group_rules')
    .addColumn('id', 'text', key)
    .addColumn('group_id', 'text', (column) =>
      column.notNull().references('access_groups.id').onDelete('cascade'),
    )
    .addColumn('document', 'text', required)
    .addColumn('entity_tag', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('modified_at', 'bigint', required)
    .addColumn('modified_by', 'text', required)
    .execute();
  await db.schema.createIndex('group_rules_of_group').on('group_rules').columns(['group_id', 'id']).execute();
};

const policies = async (db: Kysely<unknown>): Promise<void> => {
  // subject: an iam_id or a group's id; document: what the client sent, word for word; fingerprint: who on what,
  // so that a duplicate is found
  await db.schema
    .createTable('policies')
    .addColumn('id', 'text', key)
    .addColumn('account_id', 'text', ofAccount)
    .addColumn('version', 'text', required)
    .addColumn('type', 'text', required)
    .addColumn('subject', 'text', required)
    .addColumn('document', 'text', required)
    .addColumn('fingerprint', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('entity_tag', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('modified_at', 'bigint', required)
    .addColumn('modified_by', 'text', required)
    .execute();
  await db.schema
    .createIndex('policies_of_subject')
    .on('policies')
    .columns(['account_id', 'subject', 'state', 'id'])
    .execute();
  await db.schema.createIndex('policies_of_account').on('policies').columns(['account_id', 'id']).execute();
  await db.schema
    .createIndex('policies_by_fingerprint')
    .on('policies')
    .columns(['account_id', 'fingerprint'])
    .execute();
  await db.schema
    .createTable('custom_roles')
    .addColumn('id', 'text', key)
    .addColumn('account_id', 'text', ofAccount)
    .addColumn('name', 'text', required)
    .addColumn('display_name', 'text', required)
    .addColumn('description', 'text', required)
    .addColumn('service_name', 'text', required)
    .addColumn('actions', 'text', required)
    .addColumn('entity_tag', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('modified_at', 'bigint', required)
    .addColumn('modified_by', 'text', required)
    .addUniqueConstraint('custom_roles_name', ['account_id', 'name'])
    .execute();
};

const resourceGroups = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('resource_groups')
    .addColumn('id', 'text', key)
    .addColumn('account_id', 'text', ofAccount)
    .addColumn('name', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('updated_at', 'bigint', required)
    .addUniqueConstraint('resource_groups_name', ['account_id', 'name'])
    .execute();
  // null: the account's default group, whose id is the account's
  await db.schema.alterTable('namespaces').addColumn('resource_group_id', 'text').execute();
};
