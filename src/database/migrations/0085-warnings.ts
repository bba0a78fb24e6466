import type { Kysely } from 'kysely';

/**
 * What needs attention now. `source`: empty for what one replica finds for all, else the machine whose it is; `level`: the
 * lower, the more urgent; `at`: when it ends, or since when it is so; `since`: when it was found; `seen_at`: when last.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('warnings')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('level', 'integer', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('says', 'text', (column) => column.notNull())
    .addColumn('mend', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addColumn('seen_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('warnings_key', ['kind', 'target'])
    .execute();
  await db.schema
    .createIndex('warnings_of_account')
    .on('warnings')
    .columns(['account_id', 'kind', 'target'])
    .execute();
  await db.schema
    .createIndex('warnings_by_sight')
    .on('warnings')
    .columns(['source', 'kind', 'seen_at'])
    .execute();
  // a page of what ends soon begins where the last one ended
  for (const table of ['api_keys', 'registry_tokens', 'one_time_codes'])
    await db.schema
      .createIndex(`${table}_by_end`)
      .ifNotExists()
      .on(table)
      .columns(['expires_at', 'id'])
      .execute();
};
