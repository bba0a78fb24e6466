import type { Changing, Db, Tx } from '../../database/database.ts';
import type { RefreshTokenRow, SessionRow } from '../../database/schema.ts';

export const findSession = (db: Db, id: string): Promise<SessionRow | undefined> =>
  db.selectFrom('sessions').selectAll().where('id', '=', id).executeTakeFirst();

/** Its id is new, so no cache has to forget anything. */
export const insertSession = async (tx: Tx, row: SessionRow): Promise<void> => {
  await tx.changed('session').insertInto('sessions').values(row).execute();
};

export const noteSessionActivity = async (tx: Tx, id: string, at: number): Promise<void> => {
  await tx.noting
    .updateTable('sessions')
    .set({ last_active_at: at })
    .where('id', '=', id)
    .where('last_active_at', '<', at)
    .execute();
};

export const findRefreshToken = (db: Db, hash: string): Promise<RefreshTokenRow | undefined> =>
  db.selectFrom('refresh_tokens').selectAll().where('token_hash', '=', hash).executeTakeFirst();

/** Its id is new, so no cache has to forget anything. */
export const insertRefreshToken = async (tx: Tx, row: RefreshTokenRow): Promise<void> => {
  await tx.changed('refresh-token').insertInto('refresh_tokens').values(row).execute();
};

/** Sessions and refresh tokens that came from an API key. */
export const deleteSessionsOfKey = async (tx: Tx, apiKeyId: string): Promise<void> => {
  await deleteRefreshTokens(tx, (tables) =>
    tables.deleteFrom('refresh_tokens').where('api_key_id', '=', apiKeyId),
  );
  await deleteSessions(tx, (tables) => tables.deleteFrom('sessions').where('api_key_id', '=', apiKeyId));
};

/** Sessions and refresh tokens of one identity in one account. */
export const deleteSessionsOfIdentity = async (tx: Tx, accountId: string, iamId: string): Promise<void> => {
  await deleteRefreshTokens(tx, (tables) =>
    tables.deleteFrom('refresh_tokens').where('account_id', '=', accountId).where('iam_id', '=', iamId),
  );
  await deleteSessions(tx, (tables) =>
    tables.deleteFrom('sessions').where('account_id', '=', accountId).where('iam_id', '=', iamId),
  );
};

/** A session with its refresh tokens. */
export const deleteSession = async (tx: Tx, id: string): Promise<void> => {
  await deleteRefreshTokens(tx, (tables) => tables.deleteFrom('refresh_tokens').where('session_id', '=', id));
  await tx.changed('session', id).deleteFrom('sessions').where('id', '=', id).execute();
};

export const deleteRefreshToken = async (tx: Tx, id: string): Promise<void> => {
  await tx.changed('refresh-token', id).deleteFrom('refresh_tokens').where('id', '=', id).execute();
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

type Delete<Table extends 'sessions' | 'refresh_tokens'> = (
  tables: Changing<Table>,
) => ReturnType<Changing<Table>['deleteFrom']>;

const deleteSessions = (tx: Tx, chosen: Delete<'sessions'>): Promise<void> =>
  tx.changing('session', async (tables) => {
    const rows = await chosen(tables).returning('id').execute();
    return { ids: rows.map(({ id }) => id), answer: undefined };
  });

const deleteRefreshTokens = (tx: Tx, chosen: Delete<'refresh_tokens'>): Promise<void> =>
  tx.changing('refresh-token', async (tables) => {
    const rows = await chosen(tables).returning('id').execute();
    return { ids: rows.map(({ id }) => id), answer: undefined };
  });
