import { ANY, type Db, type Tx } from '../../database/database.ts';
import type { SignInRow, UsedLogoutTokenRow } from '../../database/federation-schema.ts';

export const findSignIn = (db: Db, id: string): Promise<SignInRow | undefined> =>
  db.selectFrom('sign_ins').selectAll().where('id', '=', id).executeTakeFirst();

/** Of one person at one provider, those that have not ended, the latest first. */
export const signInsOfIdentity = (db: Db, federatedIdentityId: string, limit: number): Promise<SignInRow[]> =>
  db
    .selectFrom('sign_ins')
    .selectAll()
    .where('federated_identity_id', '=', federatedIdentityId)
    .where('ended_at', 'is', null)
    .orderBy('started_at', 'desc')
    .limit(limit)
    .execute();

/** Of one session at the provider, those that have not ended. */
export const signInsOfSid = (db: Db, issuer: string, sid: string, limit: number): Promise<SignInRow[]> =>
  db
    .selectFrom('sign_ins')
    .selectAll()
    .where('issuer', '=', issuer)
    .where('sid', '=', sid)
    .where('ended_at', 'is', null)
    .limit(limit)
    .execute();

/** The ids of sign-ins that nothing lasts in any more, the oldest first. */
export const overdueSignIns = async (db: Db, now: number, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('sign_ins')
    .select('id')
    .where('kept_until', '<=', now)
    .orderBy('kept_until')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

/** Its id is new, so no cache has to forget anything. */
export const insertSignIn = async (tx: Tx, row: SignInRow): Promise<void> => {
  await tx.changed('sign-in').insertInto('sign_ins').values(row).execute();
};

export const endSignIn = async (tx: Tx, id: string, at: number): Promise<void> => {
  await tx
    .changed('sign-in', id)
    .updateTable('sign_ins')
    .set({ ended_at: at })
    .where('id', '=', id)
    .execute();
};

/** Ends all of one person at one provider; answers how many. */
export const endSignInsOfIdentity = (tx: Tx, federatedIdentityId: string, at: number): Promise<number> =>
  tx.changing('sign-in', async (tables) => {
    const rows = await tables
      .updateTable('sign_ins')
      .set({ ended_at: at })
      .where('federated_identity_id', '=', federatedIdentityId)
      .where('ended_at', 'is', null)
      .returning('id')
      .execute();
    return { ids: rows.map(({ id }) => id), answer: rows.length };
  });

export const deleteSignIn = async (tx: Tx, id: string): Promise<void> => {
  await tx.changed('sign-in', id).deleteFrom('sign_ins').where('id', '=', id).execute();
};

export const deleteSignInsOfIdentity = (tx: Tx, federatedIdentityId: string): Promise<void> =>
  tx.changing('sign-in', async (tables) => {
    const rows = await tables
      .deleteFrom('sign_ins')
      .where('federated_identity_id', '=', federatedIdentityId)
      .returning('id')
      .execute();
    return { ids: rows.map(({ id }) => id), answer: undefined };
  });

/** Ends every sign-in there is: the feed is told that any of them may have changed. */
export const endAllSignIns = async (tx: Tx, at: number): Promise<void> => {
  await tx
    .changed('sign-in', ANY)
    .updateTable('sign_ins')
    .set({ ended_at: at })
    .where('ended_at', 'is', null)
    .execute();
};

export const findUsedLogoutToken = (db: Db, id: string): Promise<UsedLogoutTokenRow | undefined> =>
  db.selectFrom('used_logout_tokens').selectAll().where('id', '=', id).executeTakeFirst();

export const insertUsedLogoutToken = async (tx: Tx, row: UsedLogoutTokenRow): Promise<void> => {
  await tx.uncached.insertInto('used_logout_tokens').values(row).execute();
};

/** The ids of tokens that are refused by their age anyway, the oldest first. */
export const usedLogoutTokens = async (db: Db, now: number, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('used_logout_tokens')
    .select('id')
    .where('kept_until', '<=', now)
    .orderBy('kept_until')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

export const deleteUsedLogoutTokens = async (tx: Tx, ids: readonly string[]): Promise<void> => {
  await tx.uncached.deleteFrom('used_logout_tokens').where('id', 'in', ids).execute();
};
