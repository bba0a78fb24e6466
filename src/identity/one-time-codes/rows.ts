import type { Db, Tx } from '../../database/database.ts';
import type { OneTimeCodeRow } from '../../database/iam-schema.ts';

export const findOneTimeCode = (db: Db, hash: string): Promise<OneTimeCodeRow | undefined> =>
  db.selectFrom('one_time_codes').selectAll().where('code_hash', '=', hash).executeTakeFirst();

export const findOneTimeCodeById = (db: Db, id: string): Promise<OneTimeCodeRow | undefined> =>
  db.selectFrom('one_time_codes').selectAll().where('id', '=', id).executeTakeFirst();

export const insertOneTimeCode = async (tx: Tx, row: OneTimeCodeRow): Promise<void> => {
  await tx.uncached.insertInto('one_time_codes').values(row).execute();
};

export const deleteOneTimeCode = async (tx: Tx, id: string): Promise<void> => {
  await tx.uncached.deleteFrom('one_time_codes').where('id', '=', id).execute();
};

/** Every code for an identity in an account; of one purpose where that is given. */
export const deleteOneTimeCodesOf = async (
  tx: Tx,
  { accountId, iamId, purpose }: { accountId: string; iamId: string; purpose?: OneTimeCodeRow['purpose'] },
): Promise<void> => {
  const all = tx.uncached
    .deleteFrom('one_time_codes')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId);
  await (purpose === undefined ? all : all.where('purpose', '=', purpose)).execute();
};

/** Codes past their time, oldest first. */
export const expiredOneTimeCodes = async (db: Db, now: number, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('one_time_codes')
    .select('id')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};
