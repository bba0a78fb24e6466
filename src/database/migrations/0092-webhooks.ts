import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely';
import type { Engine } from '../engine.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();
const key: Column = (column) => column.primaryKey();

/** Of a hook, what the journal of revocations notes (backup/journal/tables.ts). */
const RIGHTS = [
  'account_id',
  'namespace_id',
  'url',
  'form',
  'events',
  'enabled',
  'answered_kind',
  'answered_by',
  'removed_at',
];

/** Hooks, and what is delivered to them. */
export const up = async (db: Kysely<unknown>, engine: Engine): Promise<void> => {
  await hooks(db);
  await deliveries(db);
  await journal(db, engine);
};

const hooks = async (db: Kysely<unknown>): Promise<void> => {
  // events: JSON. secret, previous_secret: sealed under the master key. failing_since: nothing arrived since. dropped: events
  // that were not kept, as too many waited. from_number: it is told of what stands behind this number of the audit log.
  // answered_*: in whose right it is sent. removed_at: its deliveries are being deleted
  await db.schema
    .createTable('webhooks')
    .addColumn('id', 'text', key)
    .addColumn('account_id', 'text', required)
    .addColumn('namespace_id', 'text')
    .addColumn('name', 'text', required)
    .addColumn('description', 'text', required)
    .addColumn('url', 'text', required)
    .addColumn('form', 'text', required)
    .addColumn('events', 'text', required)
    .addColumn('enabled', 'integer', required)
    .addColumn('disabled_reason', 'text')
    .addColumn('disabled_at', 'bigint')
    .addColumn('failing_since', 'bigint')
    .addColumn('paused_until', 'bigint')
    .addColumn('dropped', 'bigint', required)
    .addColumn('from_number', 'bigint', required)
    .addColumn('secret', 'text', required)
    .addColumn('previous_secret', 'text')
    .addColumn('previous_until', 'bigint')
    .addColumn('answered_kind', 'text', required)
    .addColumn('answered_by', 'text', required)
    .addColumn('entity_tag', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('modified_at', 'bigint', required)
    .addColumn('removed_at', 'bigint')
    .execute();
  await index(db, 'webhooks', 'webhooks_of_account', ['account_id', 'id']);
  await index(db, 'webhooks', 'webhooks_of_namespace', ['namespace_id']);
};

const deliveries = async (db: Kysely<unknown>): Promise<void> => {
  // number: of the audit event it tells of, 0 of a test. event: JSON. next_at: while it is pending
  await db.schema
    .createTable('webhook_deliveries')
    .addColumn('id', 'text', key)
    .addColumn('hook_id', 'text', required)
    .addColumn('number', 'bigint', required)
    .addColumn('event', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('attempts', 'integer', required)
    .addColumn('next_at', 'bigint')
    .addColumn('last_at', 'bigint')
    .addColumn('last_status', 'integer')
    .addColumn('last_error', 'text')
    .addColumn('last_ms', 'integer')
    .addColumn('created_at', 'bigint', required)
    .addColumn('redelivered_at', 'bigint')
    .execute();
  const table = 'webhook_deliveries';
  await index(db, table, 'webhook_deliveries_due', ['hook_id', 'next_at', 'number', 'id']);
  await index(db, table, 'webhook_deliveries_by_state', ['hook_id', 'state', 'id']);
  await index(db, table, 'webhook_deliveries_of_hook', ['hook_id', 'id']);
  await index(db, table, 'webhook_deliveries_by_age', ['created_at']);
};

const index = (db: Kysely<unknown>, table: string, name: string, columns: string[]): Promise<void> =>
  db.schema.createIndex(name).on(table).columns(columns).execute();

/** A hook that was removed, switched off or sent elsewhere stays so when a backup is restored. As in 0073. */
const journal = async (db: Kysely<unknown>, engine: Engine): Promise<void> => {
  const differs = engine === 'postgres' ? 'is distinct from' : 'is not';
  const when = RIGHTS.map((column) => `old.${column} ${differs} new.${column}`).join(' or ');
  const body =
    engine === 'postgres'
      ? `execute function tidegate_note_revocation('id')`
      : `begin insert into journal_notes (table_name, row_key) values ('webhooks', json_array(old.id)); end`;
  await sql
    .raw(`create trigger journal_webhooks_removed after delete on webhooks for each row ${body}`)
    .execute(db);
  await sql
    .raw(
      `create trigger journal_webhooks_changed after update of ${RIGHTS.join(', ')} on webhooks for each row when (${when}) ${body}`,
    )
    .execute(db);
};
