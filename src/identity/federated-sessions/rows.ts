import { ANY, type Db, type Tx } from '../../database/database.ts';
import type { FederatedSessionRow } from '../../database/federation-schema.ts';

/** One token as more trusted profiles than this is no use that anyone makes. */
const MOST_PROFILES = 200;

export const findFederatedSession = (db: Db, id: string): Promise<FederatedSessionRow | undefined> =>
  db.selectFrom('federated_sessions').selectAll().where('id', '=', id).executeTakeFirst();

/** The session of a token as one profile. */
export const findSessionOfToken = (
  db: Db,
  tokenHash: string,
  profileId: string,
): Promise<FederatedSessionRow | undefined> =>
  db
    .selectFrom('federated_sessions')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('profile_id', '=', profileId)
    .executeTakeFirst();

/** Sessions of one token that say whether it may open another one: that of this profile, and those that were ended in the account. */
export const earlierSessions = (
  db: Db,
  { tokenHash, profileId, accountId }: { tokenHash: string; profileId: string; accountId: string },
): Promise<FederatedSessionRow[]> =>
  db
    .selectFrom('federated_sessions')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where(({ and, or, eb }) =>
      or([
        eb('profile_id', '=', profileId),
        and([eb('account_id', '=', accountId), eb('ended_at', 'is not', null)]),
      ]),
    )
    .limit(MOST_PROFILES)
    .execute();

/** A profile's sessions, the latest first, behind one of them; also those that are over. */
export const sessionsOfProfile = (
  db: Db,
  { profileId, after, limit }: { profileId: string; after: FederatedSessionPlace | undefined; limit: number },
): Promise<FederatedSessionRow[]> => {
  const all = db.selectFrom('federated_sessions').selectAll().where('profile_id', '=', profileId);
  const behind =
    after &&
    all.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at', 'id'), '<', tuple(after.created_at, after.id)),
    );
  return (behind ?? all).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
};

/** Where a session stands among those of its profile. */
export type FederatedSessionPlace = Pick<FederatedSessionRow, 'created_at' | 'id'>;

/** The ids of sessions whose tokens nothing accepts any more, the oldest first. */
export const overdueFederatedSessions = async (db: Db, now: number, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('federated_sessions')
    .select('id')
    .where('kept_until', '<=', now)
    .orderBy('kept_until')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

/** Its id is new, so no cache has to forget anything. */
export const insertFederatedSession = async (tx: Tx, row: FederatedSessionRow): Promise<void> => {
  await tx.changed('federated-session').insertInto('federated_sessions').values(row).execute();
};

/** Ends the sessions of a token in an account, as whatever profile they are; answers their ids. */
export const endSessionsOfToken = (
  tx: Tx,
  { tokenHash, accountId, at }: { tokenHash: string; accountId: string; at: number },
): Promise<string[]> =>
  tx.changing('federated-session', async (tables) => {
    const rows = await tables
      .updateTable('federated_sessions')
      .set({ ended_at: at })
      .where('token_hash', '=', tokenHash)
      .where('account_id', '=', accountId)
      .where('ended_at', 'is', null)
      .returning('id')
      .execute();
    const ids = rows.map(({ id }) => id);
    return { ids, answer: ids };
  });

export const deleteFederatedSession = async (tx: Tx, id: string): Promise<void> => {
  await tx.changed('federated-session', id).deleteFrom('federated_sessions').where('id', '=', id).execute();
};

/** Ends every session there is: the feed is told that any of them may have changed. */
export const endFederatedSessions = async (tx: Tx, at: number): Promise<void> => {
  await tx
    .changed('federated-session', ANY)
    .updateTable('federated_sessions')
    .set({ ended_at: at })
    .where('ended_at', 'is', null)
    .execute();
};
