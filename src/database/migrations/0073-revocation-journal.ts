import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely';
import type { Engine } from '../engine.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();
const key: Column = (column) => column.primaryKey();

/** What of a table is noted: removed rows, added rows, and rows in which one of these columns changed. */
export interface Noted {
  readonly key: readonly string[];
  readonly removed?: boolean;
  readonly added?: boolean;
  readonly changed?: readonly string[];
}

/** The tables that rights hang on. Columns of last use and descriptions are not among these. */
const NOTED: Readonly<Record<string, Noted>> = {
  accounts: { key: ['id'], removed: true, changed: ['owner_iam_id', 'state'] },
  users: { key: ['iam_id'], removed: true },
  memberships: { key: ['account_id', 'iam_id'], removed: true, changed: ['state'] },
  api_keys: {
    key: ['id'],
    removed: true,
    changed: [
      'account_id',
      'iam_id',
      'identity_kind',
      'secret_hash',
      'secret_number',
      'previous_hash',
      'previous_until',
      'locked',
      'disabled',
      'support_sessions',
      'action_when_leaked',
      'expires_at',
    ],
  },
  signing_keys: { key: ['id'], removed: true, changed: ['retired_at'] },
  registry_tokens: {
    key: ['id'],
    removed: true,
    changed: [
      'account_id',
      'region_id',
      'issuer',
      'signing_key_id',
      'readonly',
      'namespace_id',
      'expires_at',
    ],
  },
  auth_options: {
    key: ['account_id', 'region_id'],
    removed: true,
    added: true,
    changed: ['registry_tokens', 'private_only'],
  },
  service_ids: { key: ['id'], removed: true, changed: ['account_id', 'unique_instance_crns', 'locked'] },
  profiles: { key: ['id'], removed: true },
  profile_trusts: { key: ['id'], removed: true, changed: ['profile_id', 'kind', 'identity', 'document'] },
  passwords: { key: ['iam_id'], removed: true, changed: ['id', 'hash'] },
  account_settings: { key: ['account_id', 'area'], removed: true, added: true, changed: ['document'] },
  access_groups: { key: ['id'], removed: true },
  group_members: { key: ['group_id', 'iam_id'], removed: true, changed: ['account_id', 'type'] },
  group_rules: { key: ['id'], removed: true, changed: ['group_id', 'document'] },
  policies: {
    key: ['id'],
    removed: true,
    changed: ['account_id', 'version', 'type', 'subject', 'document', 'state'],
  },
  custom_roles: { key: ['id'], removed: true, changed: ['account_id', 'service_name', 'actions'] },
  issuers: { key: ['name'], changed: ['issuer', 'generation', 'disabled_at', 'removed_at'] },
  federated_sessions: { key: ['id'], changed: ['ended_at'] },
  namespaces: { key: ['id'], changed: ['resource_group_id'] },
};

/**
 * The journal of revocations: triggers note each row in which rights ended, whichever statement or program did it. A job
 * makes numbered batches of the notes and writes these to the backup targets.
 */
export const up = async (db: Kysely<unknown>, engine: Engine): Promise<void> => {
  await tables(db, engine);
  if (engine === 'postgres') await noteFunction(db);
  for (const [table, noted] of Object.entries(NOTED)) await noteRevocations(db, engine, table, noted);
};

const tables = async (db: Kysely<unknown>, engine: Engine): Promise<void> => {
  // one row at most. line: which history of this database the numbers count; null: the next batch begins a new one
  await db.schema
    .createTable('journal_line')
    .addColumn('name', 'text', key)
    .addColumn('line', 'text')
    .addColumn('number', 'bigint', required)
    .addColumn('last_batch', 'bigint', required)
    .execute();
  // row_key: the primary key as a JSON array
  await db.schema
    .createTable('journal_notes')
    .addColumn('id', engine === 'postgres' ? 'bigserial' : 'integer', (column) =>
      engine === 'postgres' ? column.primaryKey() : column.primaryKey().autoIncrement(),
    )
    .addColumn('table_name', 'text', required)
    .addColumn('row_key', 'text', required)
    .execute();
  // noted: JSON, [table, key] of each row. previous: the number of the batch before it
  await db.schema
    .createTable('journal_batches')
    .addColumn('number', 'bigint', key)
    .addColumn('previous', 'bigint', required)
    .addColumn('size', 'integer', required)
    .addColumn('noted', 'text', required)
    .execute();
  // since: it has every batch behind this number; delivered: up to this number. complete_until: nothing noted before this
  // time is missing there. broken_at: it was given up, until the next backup there
  await db.schema
    .createTable('journal_targets')
    .addColumn('location', 'text', key)
    .addColumn('line', 'text', required)
    .addColumn('since', 'bigint', required)
    .addColumn('delivered', 'bigint', required)
    .addColumn('begun_at', 'bigint', required)
    .addColumn('complete_until', 'bigint', required)
    .addColumn('failing_since', 'bigint')
    .addColumn('broken_at', 'bigint')
    .addColumn('reason', 'text')
    .execute();
};

/** The arguments of a trigger are the columns of the table's primary key. */
const noteFunction = async (db: Kysely<unknown>): Promise<void> => {
  await sql`create or replace function tidegate_note_revocation() returns trigger language plpgsql as $body$
    declare
      noted jsonb := case when tg_op = 'INSERT' then to_jsonb(new) else to_jsonb(old) end;
    begin
      execute format('insert into %I.journal_notes (table_name, row_key) values ($1, $2)', tg_table_schema)
        using tg_table_name::text,
          (select jsonb_agg(noted -> name order by place) from unnest(tg_argv) with ordinality as k(name, place))::text;
      return null;
    end
  $body$`.execute(db);
};

/** The triggers of one table; later steps make those of their own tables. */
export const noteRevocations = async (
  db: Kysely<unknown>,
  engine: Engine,
  table: string,
  noted: Noted,
): Promise<void> => {
  const { changed = [] } = noted;
  if (noted.removed)
    await trigger(db, engine, { table, noted, name: 'removed', event: 'delete', row: 'old' });
  if (noted.added) await trigger(db, engine, { table, noted, name: 'added', event: 'insert', row: 'new' });
  if (changed.length === 0) return;
  const differs = engine === 'postgres' ? 'is distinct from' : 'is not';
  const when = changed.map((column) => `old.${column} ${differs} new.${column}`).join(' or ');
  const event = `update of ${changed.join(', ')}`;
  await trigger(db, engine, { table, noted, name: 'changed', event, row: 'old', when });
};

interface Trigger {
  readonly table: string;
  readonly noted: Noted;
  readonly name: string;
  readonly event: string;
  readonly row: 'old' | 'new';
  readonly when?: string;
}

const trigger = async (
  db: Kysely<unknown>,
  engine: Engine,
  { table, noted, name, event, row, when }: Trigger,
): Promise<void> => {
  const head = `create trigger journal_${table}_${name} after ${event} on ${table} for each row`;
  const only = when === undefined ? '' : `when (${when})`;
  const values = noted.key.map((column) => `${row}.${column}`).join(', ');
  const names = noted.key.map((column) => `'${column}'`).join(', ');
  const body =
    engine === 'postgres'
      ? `execute function tidegate_note_revocation(${names})`
      : `begin insert into journal_notes (table_name, row_key) values ('${table}', json_array(${values})); end`;
  await sql.raw(`${head} ${only} ${body}`).execute(db);
};
