import { type Kysely, sql } from 'kysely';
import type { Engine } from '../engine.ts';

/**
 * When an image was put back from the trash, so that retention counts that as a push. Before an upgrade of a large PostgreSQL
 * installation, column and index can be made as docs/operate/retention.md says.
 */
export const up = async (db: Kysely<unknown>, engine: Engine): Promise<void> => {
  // epoch milliseconds; null: never
  if (engine === 'postgres')
    await sql`alter table manifests add column if not exists restored_at bigint`.execute(db);
  else await db.schema.alterTable('manifests').addColumn('restored_at', 'bigint').execute();
  await db.schema
    .createIndex('manifests_by_restoration')
    .ifNotExists()
    .on('manifests')
    .columns(['repository_id', 'restored_at', 'digest'])
    .where(sql.ref('restored_at'), 'is not', null)
    .execute();
};
