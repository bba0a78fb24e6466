import type { Db, Tx } from '../../database/database.ts';
import type { UploadRow } from '../../database/schema.ts';

/** An upload session, bound to a repository and a principal. */
export interface Upload {
  readonly id: string;
  readonly regionId: string;
  readonly namespaceId: string;
  readonly repository: string;
  readonly principal: string;
  /** Where the blob store keeps its bytes. */
  readonly stagingId: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

const COLUMNS = [
  'id',
  'region_id as regionId',
  'namespace_id as namespaceId',
  'repository',
  'principal',
  'staging_id as stagingId',
  'created_at as createdAt',
  'expires_at as expiresAt',
] as const;

export const findUpload = (db: Db, id: string): Promise<Upload | undefined> =>
  db.selectFrom('uploads').select(COLUMNS).where('id', '=', id).executeTakeFirst();

export const insertUpload = async (tx: Tx, upload: Upload): Promise<void> => {
  await tx.uncached.insertInto('uploads').values(rowOf(upload)).execute();
};

const rowOf = (upload: Upload): UploadRow => ({
  id: upload.id,
  region_id: upload.regionId,
  namespace_id: upload.namespaceId,
  repository: upload.repository,
  principal: upload.principal,
  staging_id: upload.stagingId,
  created_at: upload.createdAt,
  expires_at: upload.expiresAt,
});

/** False when another request has ended it. */
export const deleteUpload = async (tx: Tx, id: string): Promise<boolean> => {
  const { numDeletedRows } = await tx.uncached.deleteFrom('uploads').where('id', '=', id).executeTakeFirst();
  return numDeletedRows > 0n;
};

export const extendUpload = async (tx: Tx, id: string, expiresAt: number): Promise<void> => {
  await tx.uncached.updateTable('uploads').set({ expires_at: expiresAt }).where('id', '=', id).execute();
};

/** Uploads whose idle time is over, oldest first. */
export const expiredUploads = (db: Db, now: number, limit: number): Promise<Upload[]> =>
  db
    .selectFrom('uploads')
    .select(COLUMNS)
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
