import type { Kysely } from 'kysely';

/** Reports of who is inactive, as they were asked for; and the ways sessions, keys and trusts are looked up. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('activity_reports')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    // hours without a login that make an identity inactive
    .addColumn('duration', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .execute();
  const indexes = {
    activity_reports_of_account: ['activity_reports', 'account_id', 'created_at'],
    api_keys_by_expiry: ['api_keys', 'expires_at'],
    refresh_tokens_of_session: ['refresh_tokens', 'session_id'],
    profile_trusts_of_identity: ['profile_trusts', 'identity'],
  };
  for (const [name, [table = '', ...columns]] of Object.entries(indexes))
    await db.schema.createIndex(name).on(table).columns(columns).execute();
};
