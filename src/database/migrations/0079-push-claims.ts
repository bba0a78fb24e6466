import type { Kysely } from 'kysely';

/** Which build pushed a manifest, as the issuer of its token said: JSON. Null of what no build pushed, and of what was pushed before. */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  for (const table of ['manifests', 'trashed_manifests'])
    await db.schema.alterTable(table).addColumn('pushed_claims', 'text').execute();
};
