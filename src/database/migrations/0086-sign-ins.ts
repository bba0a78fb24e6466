import type { ColumnDefinitionBuilder, Kysely } from 'kysely';
import type { Engine } from '../engine.ts';
import { noteRevocations } from './0073-revocation-journal.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Column = (column) => column.notNull();
const key: Column = (column) => column.primaryKey();

/** People as their identity providers know them, and their sign-ins there. */
export const up = async (db: Kysely<unknown>, engine: Engine): Promise<void> => {
  await people(db);
  await noteRevocations(db, engine, 'federated_identities', {
    key: ['id'],
    removed: true,
    changed: ['issuer', 'subject', 'iam_id', 'ended_at'],
  });
  await signIns(db);
  // a logout token ends sign-ins once; kept as long as it could be accepted again
  await db.schema
    .createTable('used_logout_tokens')
    .addColumn('id', 'text', key)
    .addColumn('kept_until', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('used_logout_tokens_by_end')
    .on('used_logout_tokens')
    .column('kept_until')
    .execute();
};

const people = async (db: Kysely<unknown>): Promise<void> => {
  // issuer_link: the issuer as it was at the last sign-in. claims: JSON; claims_fault: why some of them are not there.
  // refresh_token: sealed. failing_since: the provider could not be asked since then. ended_at: it said that this is over
  await db.schema
    .createTable('federated_identities')
    .addColumn('id', 'text', key)
    .addColumn('issuer', 'text', required)
    .addColumn('subject', 'text', required)
    .addColumn('iam_id', 'text', required)
    .addColumn('email', 'text')
    .addColumn('name', 'text')
    .addColumn('issuer_link', 'text', required)
    .addColumn('claims', 'text', required)
    .addColumn('claims_fault', 'text')
    .addColumn('claims_at', 'bigint', required)
    .addColumn('refresh_token', 'text')
    .addColumn('checked_at', 'bigint', required)
    .addColumn('next_check_at', 'bigint')
    .addColumn('check_lease', 'text')
    .addColumn('check_lease_until', 'bigint')
    .addColumn('failing_since', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('created_at', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('federated_identities_of_subject')
    .on('federated_identities')
    .columns(['issuer', 'subject'])
    .unique()
    .execute();
  await db.schema
    .createIndex('federated_identities_of_user')
    .on('federated_identities')
    .column('iam_id')
    .execute();
  await db.schema
    .createIndex('federated_identities_to_check')
    .on('federated_identities')
    .column('next_check_at')
    .execute();
};

const signIns = async (db: Kysely<unknown>): Promise<void> => {
  // sid: the provider's session. kept_until: nothing that came from it lasts longer
  await db.schema
    .createTable('sign_ins')
    .addColumn('id', 'text', key)
    .addColumn('federated_identity_id', 'text', required)
    .addColumn('iam_id', 'text', required)
    .addColumn('issuer', 'text', required)
    .addColumn('sid', 'text')
    .addColumn('auth_time', 'bigint', required)
    .addColumn('started_at', 'bigint', required)
    .addColumn('ended_at', 'bigint')
    .addColumn('kept_until', 'bigint', required)
    .execute();
  await db.schema
    .createIndex('sign_ins_of_identity')
    .on('sign_ins')
    .columns(['federated_identity_id', 'started_at'])
    .execute();
  await db.schema.createIndex('sign_ins_of_sid').on('sign_ins').columns(['issuer', 'sid']).execute();
  await db.schema.createIndex('sign_ins_by_end').on('sign_ins').column('kept_until').execute();
};
