import type { Db, Tx } from '../../database/database.ts';
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

/** Rows that one transaction removes of each table: what is left of a key or identity that is gone is refused, and expires. */
const REMOVED_AT_ONCE = 100;

/** Sessions and refresh tokens that came from an API key, as many as one transaction removes. */
export const deleteSessionsOfKey = async (tx: Tx, apiKeyId: string): Promise<void> => {
  const some = { limit: REMOVED_AT_ONCE, apiKeyId };
  await deleteRefreshTokens(tx, await idsOfKey(tx.db, 'refresh_tokens', some));
  await deleteSessions(tx, await idsOfKey(tx.db, 'sessions', some));
};

const idsOfKey = async (
  db: Db,
  table: 'sessions' | 'refresh_tokens',
  { apiKeyId, limit }: { apiKeyId: string; limit: number },
): Promise<string[]> => {
  const rows = await db
    .selectFrom(table)
    .select('id')
    .where('api_key_id', '=', apiKeyId)
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

/**
 * Sessions and refresh tokens of one identity in one account, as many as one transaction removes; answers whether more may
 * be left.
 */
export const deleteSessionsOfIdentity = async (
  tx: Tx,
  accountId: string,
  iamId: string,
): Promise<boolean> => {
  const all = { accountId, iamId, keep: 0, limit: REMOVED_AT_ONCE };
  const tokens = await idsBehind(tx.db, 'refresh_tokens', all);
  const sessions = await idsBehind(tx.db, 'sessions', all);
  await deleteRefreshTokens(tx, tokens);
  await deleteSessions(tx, sessions);
  return Math.max(tokens.length, sessions.length) === REMOVED_AT_ONCE;
};

export interface Behind {
  readonly accountId: string;
  readonly iamId: string;
  /** The newest, which are not answered. */
  readonly keep: number;
  readonly limit: number;
}

/** The ids of an identity's sessions that are older than its newest ones. */
export const sessionsBehind = (db: Db, behind: Behind): Promise<string[]> =>
  idsBehind(db, 'sessions', behind);

/** The ids of an identity's refresh tokens that are older than its newest ones. */
export const refreshTokensBehind = (db: Db, behind: Behind): Promise<string[]> =>
  idsBehind(db, 'refresh_tokens', behind);

const idsBehind = async (
  db: Db,
  table: 'sessions' | 'refresh_tokens',
  { accountId, iamId, keep, limit }: Behind,
): Promise<string[]> => {
  const rows = await db
    .selectFrom(table)
    .select('id')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(keep)
    .execute();
  return rows.map(({ id }) => id);
};

/** A session with its refresh tokens. */
export const deleteSession = async (tx: Tx, id: string): Promise<void> => {
  await tx.changing('refresh-token', async (tables) => {
    const rows = await tables
      .deleteFrom('refresh_tokens')
      .where('session_id', '=', id)
      .returning('id')
      .execute();
    return { ids: rows.map((row) => row.id), answer: undefined };
  });
  await tx.changed('session', id).deleteFrom('sessions').where('id', '=', id).execute();
};

export const deleteRefreshToken = async (tx: Tx, id: string): Promise<void> => {
  await tx.changed('refresh-token', id).deleteFrom('refresh_tokens').where('id', '=', id).execute();
};

/** The sessions of one identity in one account, the latest first, behind one of them. */
export const sessionsOfIdentity = (
  db: Db,
  {
    accountId,
    iamId,
    after,
    limit,
  }: { accountId: string; iamId: string; after: SessionPlace | undefined; limit: number },
): Promise<SessionRow[]> => {
  const all = db
    .selectFrom('sessions')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId);
  const behind =
    after &&
    all.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at', 'id'), '<', tuple(after.created_at, after.id)),
    );
  return (behind ?? all).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
};

/** Where a session stands among those of its identity. */
export type SessionPlace = Pick<SessionRow, 'created_at' | 'id'>;

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

const deleteSessions = async (tx: Tx, ids: readonly string[]): Promise<void> => {
  if (ids.length === 0) return;
  await tx
    .changed('session', ...ids)
    .deleteFrom('sessions')
    .where('id', 'in', ids)
    .execute();
};

const deleteRefreshTokens = async (tx: Tx, ids: readonly string[]): Promise<void> => {
  if (ids.length === 0) return;
  await tx
    .changed('refresh-token', ...ids)
    .deleteFrom('refresh_tokens')
    .where('id', 'in', ids)
    .execute();
};
