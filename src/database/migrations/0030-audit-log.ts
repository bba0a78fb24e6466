import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely';
import type { Engine } from '../engine.ts';

const TABLE = 'audit_events';

/** What an event tells beside who did what: from which agent, to which content, what changed, and where it stands. */
export const up = async (db: Kysely<unknown>, engine: Engine): Promise<void> => {
  // reference, digest: of an image. status: of the answer, where it was refused. changed and claims: JSON.
  // times, last_at: of what was counted, as pulls are. number: its place in the one order, given after the commit
  const texts = ['agent', 'target_type', 'target_name', 'reference', 'digest', 'changed'];
  for (const column of [...texts, 'region', 'replica', 'claims'])
    await db.schema.alterTable(TABLE).addColumn(column, 'text').execute();
  for (const column of ['status', 'times', 'last_at', 'number'] as const)
    await db.schema.alterTable(TABLE).addColumn(column, 'bigint').execute();
  await db.schema.alterTable(TABLE).addColumn('transaction_id', 'bigint', ofTransaction(engine)).execute();
  await orders(db);
};

/** PostgreSQL's transactions commit in another order than they write in; SQLite has one writer. */
const ofTransaction =
  (engine: Engine) =>
  (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder =>
    engine === 'postgres' ? column.defaultTo(sql`pg_current_xact_id()::text::bigint`) : column;

/** By time, newest first, of everything and of what is asked for; by number; and what waits for its number. */
const orders = async (db: Kysely<unknown>): Promise<void> => {
  const lists: Readonly<Record<string, readonly string[]>> = {
    audit_events_by_time: [],
    audit_events_of_account_by_time: ['account_id'],
    audit_events_of_target_by_time: ['account_id', 'target'],
    audit_events_of_credential: ['account_id', 'credential_id'],
    audit_events_of_principal: ['account_id', 'principal'],
  };
  for (const [name, columns] of Object.entries(lists))
    await db.schema
      .createIndex(name)
      .ifNotExists()
      .on(TABLE)
      .columns([...columns, 'at', 'id'])
      .execute();
  for (const name of ['audit_events_of_account', 'audit_events_of_target'])
    await db.schema.dropIndex(name).ifExists().execute();
  await db.schema
    .createIndex('audit_events_by_number')
    .ifNotExists()
    .unique()
    .on(TABLE)
    .column('number')
    .where(sql.ref('number'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('audit_events_without_number')
    .ifNotExists()
    .on(TABLE)
    .columns(['transaction_id', 'at', 'id'])
    .where(sql.ref('number'), 'is', null)
    .execute();
};
