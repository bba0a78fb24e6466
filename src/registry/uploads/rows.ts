import type { Db } from '../../database/database.ts';
import type { UploadRow } from '../../database/schema.ts';

export const findUpload = (db: Db, id: string): Promise<UploadRow | undefined> =>
  db.selectFrom('uploads').selectAll().where('id', '=', id).executeTakeFirst();

export const insertUpload = async (db: Db, row: UploadRow): Promise<void> => {
  await db.insertInto('uploads').values(row).execute();
};

/** False when somebody else has ended it. */
export const deleteUpload = async (db: Db, id: string): Promise<boolean> => {
  const { numDeletedRows } = await db.deleteFrom('uploads').where('id', '=', id).executeTakeFirst();
  return numDeletedRows > 0n;
};

export const extendUpload = async (db: Db, id: string, expiresAt: number): Promise<void> => {
  await db.updateTable('uploads').set({ expires_at: expiresAt }).where('id', '=', id).execute();
};

/** Uploads whose idle time is over, oldest first. */
export const expiredUploads = (db: Db, now: number, limit: number): Promise<UploadRow[]> =>
  db
    .selectFrom('uploads')
    .selectAll()
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
