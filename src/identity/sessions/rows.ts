import type { Db } from '../../database/database.ts';
import type { RefreshTokenRow, SessionRow } from '../../database/schema.ts';

export const findSession = (db: Db, id: string): Promise<SessionRow | undefined> =>
  db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();

export const insertSession = async (db: Db, row: SessionRow): Promise<void> => {
  await db.insertInto('sessions').values(row).execute();
};

export const noteSessionActivity = async (db: Db, id: string, at: number): Promise<void> => {
  await db
    .updateTable('sessions')
    .set({ last_active_at: at })
    .where('id', '=', id)
    .where('last_active_at', '<', at)
    .execute();
};

export const findRefreshToken = (db: Db, hash: string): Promise<RefreshTokenRow | undefined> =>
  db.selectFrom('refresh_tokens').selectAll().where('token_hash', '=', hash).executeTakeFirst();

export const insertRefreshToken = async (db: Db, row: RefreshTokenRow): Promise<void> => {
  await db.insertInto('refresh_tokens').values(row).execute();
};

/** Sessions and refresh tokens that came from an API key end with it. */
export const deleteSessionsOfKey = async (db: Db, apiKeyId: string): Promise<void> => {
  await db.deleteFrom('refresh_tokens').where('api_key_id', '=', apiKeyId).execute();
  await db.deleteFrom('sessions').where('api_key_id', '=', apiKeyId).execute();
};

/** The sessions of one identity in one account, oldest first. */
export const sessionsOfIdentity = (db: Db, accountId: string, iamId: string): Promise<SessionRow[]> =>
  db
    .selectFrom('sessions')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute()
    .then((rows) => rows.toSorted((a, b) => a.created_at - b.created_at));

/** Ends a session with its refresh tokens. */
export const deleteSession = async (db: Db, id: string): Promise<void> => {
  await db.deleteFrom('refresh_tokens').where('session_id', '=', id).execute();
  await db.deleteFrom('sessions').where('id', '=', id).execute();
};

/** The ids of sessions that came from an API key. */
export const sessionsOfKey = async (db: Db, apiKeyId: string): Promise<string[]> => {
  const rows = await db.selectFrom('sessions').select('id').where('api_key_id', '=', apiKeyId).execute();
  return rows.map(({ id }) => id);
};

/** The ids of sessions that are over, oldest first. */
export const expiredSessions = async (db: Db, now: number, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('sessions')
    .select('id')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

/** The ids of refresh tokens that have expired, oldest first. */
export const expiredRefreshTokens = async (db: Db, now: number, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('refresh_tokens')
    .select('id')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

export const deleteRefreshToken = async (db: Db, id: string): Promise<void> => {
  await db.deleteFrom('refresh_tokens').where('id', '=', id).execute();
};
