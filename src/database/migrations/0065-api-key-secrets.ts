import type { Kysely } from 'kysely';

/**
 * Rotation: the secret that a key had before stays for a while. `secret_hash` is always the newest secret, where versions
 * before this step look. Null in `secret_number`: the first secret. `…_used_from` is an address, `…_used_with` a client.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  const columns = {
    secret_number: 'integer',
    secret_since: 'bigint',
    secret_used_at: 'bigint',
    secret_used_from: 'text',
    secret_used_with: 'text',
    previous_hash: 'text',
    previous_since: 'bigint',
    previous_until: 'bigint',
    previous_used_at: 'bigint',
    previous_used_from: 'text',
    previous_used_with: 'text',
  } as const;
  for (const [name, type] of Object.entries(columns))
    await db.schema.alterTable('api_keys').addColumn(name, type).execute();
  await db.schema
    .createIndex('api_keys_by_previous_hash')
    .ifNotExists()
    .on('api_keys')
    .column('previous_hash')
    .execute();
};
