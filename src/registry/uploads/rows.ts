import { sql } from 'kysely';
import { builtOnce, changeBuiltOnce } from '../../database/built-once.ts';
import type { Changing, Db, Tx } from '../../database/database.ts';
import type { UploadRow } from '../../database/upload-schema.ts';

/** An upload session, bound to a repository and a principal. */
export interface Upload {
  readonly id: string;
  readonly regionId: string;
  readonly namespaceId: string;
  readonly repository: string;
  readonly principal: string;
  /** Where the blob store keeps its bytes; undefined while they are few, and in `content`. */
  readonly stagingId: string | undefined;
  readonly content?: Uint8Array | undefined;
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
  'content',
  'created_at as createdAt',
  'expires_at as expiresAt',
] as const;

const uploadWith = builtOnce(['id'], (db, { id }: { id: string }) =>
  db.selectFrom('uploads').select(COLUMNS).where('id', '=', id),
);

export const findUpload = async (db: Db, id: string): Promise<Upload | undefined> => {
  const [row] = await uploadWith(db, { id });
  return row && uploadOf(row);
};

/** In a row, no place of the blob store is the empty name. */
const NOT_STAGED = '';

type Read = Omit<Upload, 'stagingId' | 'content'> & {
  readonly stagingId: string;
  readonly content?: Uint8Array | null | undefined;
};

const placeOf = (stagingId: string): string | undefined => (stagingId === NOT_STAGED ? undefined : stagingId);

const uploadOf = ({ stagingId, content, ...row }: Read): Upload => ({
  ...row,
  stagingId: placeOf(stagingId),
  content: content ?? undefined,
});

const putUpload = changeBuiltOnce(
  [
    ...(['id', 'region_id', 'namespace_id', 'repository', 'principal', 'staging_id'] as const),
    ...(['content', 'created_at', 'expires_at'] as const),
  ],
  (tables: Changing<'uploads'>, row: UploadRow) => tables.insertInto('uploads').values(row),
);

export const insertUpload = async (tx: Tx, upload: Upload): Promise<void> => {
  await putUpload(tx.db, tx.uncached, rowOf(upload));
};

const rowOf = (upload: Upload): UploadRow => ({
  id: upload.id,
  region_id: upload.regionId,
  namespace_id: upload.namespaceId,
  repository: upload.repository,
  principal: upload.principal,
  staging_id: upload.stagingId ?? NOT_STAGED,
  content: upload.content ?? null,
  created_at: upload.createdAt,
  expires_at: upload.expiresAt,
});

const removeUpload = changeBuiltOnce(['id'], (tables: Changing<'uploads'>, { id }: { id: string }) =>
  tables.deleteFrom('uploads').where('id', '=', id),
);

/** False when another request has ended it. */
export const deleteUpload = async (tx: Tx, id: string): Promise<boolean> =>
  (await removeUpload(tx.db, tx.uncached, { id })) > 0;

export const extendUpload = async (tx: Tx, id: string, expiresAt: number): Promise<void> => {
  await tx.uncached.updateTable('uploads').set({ expires_at: expiresAt }).where('id', '=', id).execute();
};

interface Appended {
  readonly id: string;
  readonly offset: number;
  readonly content: Uint8Array;
}

const putContent = changeBuiltOnce(
  ['id', 'offset', 'content'],
  (tables: Changing<'uploads'>, { id, offset, content }: Appended) =>
    tables
      .updateTable('uploads')
      .set({ content })
      .where('id', '=', id)
      .where('staging_id', '=', sql.lit(NOT_STAGED))
      .where(sql`length(content)`, '=', offset),
);

/** Puts bytes in place of the `offset` bytes there are. False where the upload has ended, or does not stand there. */
export const replaceContent = async (tx: Tx, appended: Appended): Promise<boolean> =>
  (await putContent(tx.db, tx.uncached, appended)) > 0;

/** Notes that the blob store has the `offset` bytes there are. False as above. */
export const moveToStaging = async (
  tx: Tx,
  { id, offset, stagingId }: { id: string; offset: number; stagingId: string },
): Promise<boolean> => {
  const { numUpdatedRows } = await tx.uncached
    .updateTable('uploads')
    .set({ content: null, staging_id: stagingId })
    .where('id', '=', id)
    .where('staging_id', '=', NOT_STAGED)
    .where(sql`length(content)`, '=', offset)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
};

export type ExpiredUpload = Pick<Upload, 'id' | 'stagingId'>;

/** Uploads whose idle time is over, oldest first; without their bytes. */
export const expiredUploads = async (db: Db, now: number, limit: number): Promise<ExpiredUpload[]> => {
  const rows = await db
    .selectFrom('uploads')
    .select(['id', 'staging_id'])
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(({ id, staging_id }) => ({ id, stagingId: placeOf(staging_id) }));
};

/** Those of these uploads, 200 at most, that have not ended. */
export const uploadsThatAre = async (db: Db, ids: readonly string[]): Promise<string[]> => {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('uploads').select('id').where('id', 'in', ids).execute();
  return rows.map(({ id }) => id);
};
