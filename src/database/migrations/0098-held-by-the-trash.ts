import type { Kysely } from 'kysely';

/**
 * Whether the repository held what a deleted manifest refers to, as a blob, when the manifest was deleted: 1, or 0. A
 * manifest may name bytes that its repository never had. Null of what a program deleted that does not know the column.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema.alterTable('trashed_references').addColumn('linked', 'integer').execute();
};
