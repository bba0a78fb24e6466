import type { Db, Tx } from '../../database/database.ts';
import type { UnnamedBytesRow } from '../../database/schema.ts';

/** Which of these storage names a blob's row has. */
export const namedBytes = async (db: Db, names: readonly string[]): Promise<Set<string>> => {
  if (names.length === 0) return new Set();
  const rows = await db.selectFrom('blobs').select('storage_key').where('storage_key', 'in', names).execute();
  return new Set(rows.map(({ storage_key }) => storage_key));
};

/** Which of these staging ids an upload has. */
export const namedStagings = async (db: Db, ids: readonly string[]): Promise<Set<string>> => {
  if (ids.length === 0) return new Set();
  const rows = await db.selectFrom('uploads').select('staging_id').where('staging_id', 'in', ids).execute();
  return new Set(rows.map(({ staging_id }) => staging_id));
};

export const findUnnamedBytes = async (db: Db, names: readonly string[]): Promise<UnnamedBytesRow[]> =>
  names.length === 0 ? [] : db.selectFrom('unnamed_bytes').selectAll().where('name', 'in', names).execute();

export const putUnnamedBytes = async (tx: Tx, row: UnnamedBytesRow): Promise<void> => {
  const { name: _name, ...rest } = row;
  await tx.uncached
    .insertInto('unnamed_bytes')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(rest))
    .execute();
};

/** Whether these bytes are given up, so that no row may name them any more. */
export const areCondemned = async (db: Db, name: string): Promise<boolean> => {
  const row = await db
    .selectFrom('unnamed_bytes')
    .select('verdict')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.verdict === 'condemned';
};

/**
 * Forgets bytes last seen before `before` (they have a name now, or are gone) and bytes condemned before
 * `condemnedBefore`, a page at a time; answers how many.
 */
export const forgetUnnamedBytes = async (
  tx: Tx,
  { before, condemnedBefore, limit }: { before: number; condemnedBefore: number; limit: number },
): Promise<number> => {
  const rows = await tx.db
    .selectFrom('unnamed_bytes')
    .select('name')
    .where('last_seen_at', '<', before)
    .where((eb) =>
      eb.or([
        eb('verdict', 'is', null),
        eb.and([eb('verdict', '=', 'condemned'), eb('last_seen_at', '<', condemnedBefore)]),
      ]),
    )
    .orderBy('last_seen_at')
    .limit(limit)
    .execute();
  if (rows.length === 0) return 0;
  await tx.uncached
    .deleteFrom('unnamed_bytes')
    .where(
      'name',
      'in',
      rows.map(({ name }) => name),
    )
    .execute();
  return rows.length;
};
