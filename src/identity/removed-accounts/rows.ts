import { sql } from 'kysely';
import type { Db, Tx } from '../../database/database.ts';

/*
 * Pieces of an account that is removed: each function deletes at most `limit` rows and answers how many it did, so that
 * the row of the account has nothing left that foreign keys would have to delete with it.
 */

type Table = 'sessions' | 'refresh_tokens' | 'registry_tokens' | 'federated_sessions' | 'one_time_codes';

/** The ids of some rows of an account. */
const someIds = async (db: Db, table: Table, accountId: string, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom(table)
    .select('id')
    .where(sql<string>`account_id`, '=', accountId)
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

export const deleteSessionsOfAccount = async (tx: Tx, accountId: string, limit: number): Promise<number> => {
  const ids = await someIds(tx.db, 'sessions', accountId, limit);
  if (ids.length > 0)
    await tx
      .changed('session', ...ids)
      .deleteFrom('sessions')
      .where('id', 'in', ids)
      .execute();
  return ids.length;
};

export const deleteRefreshTokensOfAccount = async (
  tx: Tx,
  accountId: string,
  limit: number,
): Promise<number> => {
  const ids = await someIds(tx.db, 'refresh_tokens', accountId, limit);
  if (ids.length > 0)
    await tx
      .changed('refresh-token', ...ids)
      .deleteFrom('refresh_tokens')
      .where('id', 'in', ids)
      .execute();
  return ids.length;
};

export const deleteRegistryTokensOfAccount = async (
  tx: Tx,
  accountId: string,
  limit: number,
): Promise<number> => {
  const ids = await someIds(tx.db, 'registry_tokens', accountId, limit);
  if (ids.length > 0)
    await tx
      .changed('registry-token', ...ids)
      .deleteFrom('registry_tokens')
      .where('id', 'in', ids)
      .execute();
  return ids.length;
};

export const deleteFederatedSessionsOfAccount = async (
  tx: Tx,
  accountId: string,
  limit: number,
): Promise<number> => {
  const ids = await someIds(tx.db, 'federated_sessions', accountId, limit);
  if (ids.length > 0)
    await tx
      .changed('federated-session', ...ids)
      .deleteFrom('federated_sessions')
      .where('id', 'in', ids)
      .execute();
  return ids.length;
};

export const deleteOneTimeCodesOfAccount = async (
  tx: Tx,
  accountId: string,
  limit: number,
): Promise<number> => {
  const ids = await someIds(tx.db, 'one_time_codes', accountId, limit);
  if (ids.length > 0) await tx.uncached.deleteFrom('one_time_codes').where('id', 'in', ids).execute();
  return ids.length;
};

/** What is left of an account is a row for each region, area of settings and report. */
export const deleteSettingsOfAccount = async (tx: Tx, accountId: string): Promise<void> => {
  await tx.changing('auth-options', async (tables) => {
    const rows = await tables
      .deleteFrom('auth_options')
      .where('account_id', '=', accountId)
      .returning('region_id')
      .execute();
    return { ids: rows.map(({ region_id }) => `${accountId}/${region_id}`), answer: undefined };
  });
  await tx.changing('account-settings', async (tables) => {
    const rows = await tables
      .deleteFrom('account_settings')
      .where('account_id', '=', accountId)
      .returning('area')
      .execute();
    return { ids: rows.map(({ area }) => `${accountId}/${area}`), answer: undefined };
  });
  await tx.uncached.deleteFrom('activity_reports').where('account_id', '=', accountId).execute();
};
