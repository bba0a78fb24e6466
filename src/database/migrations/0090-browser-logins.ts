import type { Kysely } from 'kysely';

/**
 * Logins of a command line that a person lets in with a browser. `device_logins` (RFC 8628): `poll_seconds` is what the client
 * waits between two questions, account, identity and chain are of the person who allowed it. `login_grants`: authorization
 * codes of the loopback (RFC 8252). Of codes only hashes are kept.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('device_logins')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('device_hash', 'text', (column) => column.notNull().unique())
    .addColumn('user_hash', 'text', (column) => column.notNull().unique())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('machine', 'text')
    .addColumn('address', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('poll_seconds', 'integer', (column) => column.notNull())
    .addColumn('polled_at', 'bigint')
    .addColumn('account_id', 'text')
    .addColumn('iam_id', 'text')
    .addColumn('chain', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('login_grants')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('code_hash', 'text', (column) => column.notNull().unique())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('redirect_uri', 'text', (column) => column.notNull())
    .addColumn('code_challenge', 'text', (column) => column.notNull())
    .addColumn('machine', 'text')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('iam_id', 'text', (column) => column.notNull())
    .addColumn('chain', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute();
  for (const table of ['device_logins', 'login_grants']) {
    await db.schema.createIndex(`${table}_by_end`).on(table).columns(['expires_at', 'id']).execute();
    await db.schema.createIndex(`${table}_of_identity`).on(table).columns(['account_id', 'iam_id']).execute();
  }
};
