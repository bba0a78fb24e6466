import type { Kysely } from 'kysely';

/** With which credential and from where a manifest was first pushed. Unknown of what was pushed before this step. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  for (const table of ['manifests', 'trashed_manifests'])
    for (const column of ['pushed_with', 'pushed_from'])
      await db.schema.alterTable(table).addColumn(column, 'text').execute();
};
