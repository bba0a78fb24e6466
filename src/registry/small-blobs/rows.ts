import { sql } from 'kysely';
import { changeBuiltOnce } from '../../database/built-once.ts';
import type { Changing, Db, Tx } from '../../database/database.ts';
import type { SmallBlobRow } from '../../database/upload-schema.ts';

export const findSmallBlob = async (db: Db, key: string): Promise<Uint8Array | undefined> => {
  const row = await db
    .selectFrom('small_blobs')
    .select('content')
    .where('storage_key', '=', key)
    .executeTakeFirst();
  return row?.content;
};

/** Without reading the bytes. */
export const sizeOfSmallBlob = async (db: Db, key: string): Promise<number | undefined> => {
  const row = await db
    .selectFrom('small_blobs')
    .select(sql<number>`length(content)`.as('size'))
    .where('storage_key', '=', key)
    .executeTakeFirst();
  return row?.size;
};

/** The names behind `after` and before `end`, in order. */
export const smallBlobsAfter = async (
  db: Db,
  after: string,
  end: string,
  limit: number,
): Promise<string[]> => {
  const rows = await db
    .selectFrom('small_blobs')
    .select('storage_key as key')
    .where('storage_key', '>', after)
    .where('storage_key', '<', end)
    .orderBy('storage_key')
    .limit(limit)
    .execute();
  return rows.map(({ key }) => key);
};

const putSmallBlob = changeBuiltOnce(
  ['storage_key', 'content'],
  (tables: Changing<'small_blobs'>, row: SmallBlobRow) => tables.insertInto('small_blobs').values(row),
);

export const insertSmallBlob = async (tx: Tx, key: string, content: Uint8Array): Promise<void> => {
  await putSmallBlob(tx.db, tx.uncached, { storage_key: key, content });
};

export const deleteSmallBlob = async (tx: Tx, key: string): Promise<void> => {
  await tx.uncached.deleteFrom('small_blobs').where('storage_key', '=', key).execute();
};
