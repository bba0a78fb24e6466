import type { Kysely } from 'kysely';

/**
 * Suspended and removed accounts. `state_*`: since when the account is in its state, who put it there and why, as the
 * operator said. `delete_at`: when it is to be removed. `clearing_since`: its removal has begun, and cannot be undone.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  const columns = {
    state_since: 'bigint',
    state_by: 'text',
    state_reason: 'text',
    delete_at: 'bigint',
    clearing_since: 'bigint',
  } as const;
  for (const [name, type] of Object.entries(columns))
    await db.schema.alterTable('accounts').addColumn(name, type).execute();
  await db.schema
    .createIndex('accounts_by_removal')
    .ifNotExists()
    .on('accounts')
    .column('delete_at')
    .execute();
  await db.schema
    .createIndex('federated_sessions_of_account')
    .ifNotExists()
    .on('federated_sessions')
    .columns(['account_id', 'id'])
    .execute();
};
