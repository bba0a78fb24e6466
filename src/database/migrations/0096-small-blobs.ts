import { type Kysely, sql } from 'kysely';
import type { Engine } from '../engine.ts';

/**
 * Bytes that are so few that a row holds them: of blobs, and of uploads under way. What uses them begins with the
 * contraction of this step, since the version before would take such blobs for lost.
 */
export const up = async (db: Kysely<unknown>, engine: Engine): Promise<void> => {
  await db.schema
    .createTable('small_blobs')
    .addColumn('storage_key', 'text', (column) => column.primaryKey())
    .addColumn('content', 'blob', (column) => column.notNull())
    .execute();
  // null: the bytes are where staging_id says
  await db.schema.alterTable('uploads').addColumn('content', 'blob').execute();
  if (engine !== 'postgres') return;
  // layers are compressed already: not again by the server
  for (const table of ['small_blobs', 'uploads'])
    await sql`alter table ${sql.table(table)} alter column content set storage external`.execute(db);
};
