import type { Db, Tx } from '../../database/database.ts';
import type { SignInAttemptRow } from '../../database/federation-schema.ts';

export const findSignInAttempt = (db: Db, stateHash: string): Promise<SignInAttemptRow | undefined> =>
  db.selectFrom('sign_in_attempts').selectAll().where('state_hash', '=', stateHash).executeTakeFirst();

/** How many a network has under way, `limit` at most. */
export const attemptsOfNetwork = async (db: Db, network: string, limit: number): Promise<number> => {
  const rows = await db
    .selectFrom('sign_in_attempts')
    .select('state_hash')
    .where('network', '=', network)
    .limit(limit)
    .execute();
  return rows.length;
};

/** Whether there are more than `most` altogether. */
export const hasMoreAttempts = async (db: Db, most: number): Promise<boolean> => {
  const row = await db
    .selectFrom('sign_in_attempts')
    .select('expires_at')
    // all of them: an index is searched, not read from its beginning
    .where('expires_at', '>', 0)
    .orderBy('expires_at')
    .limit(1)
    .offset(most)
    .executeTakeFirst();
  return row !== undefined;
};

/** The network that has most under way, and how many. Asked where there are too many altogether: it reads them all. */
export const busiestNetwork = async (
  db: Db,
): Promise<{ readonly network: string; readonly attempts: number } | undefined> => {
  const row = await db
    .selectFrom('sign_in_attempts')
    .select((of) => ['network', of.fn.countAll().as('attempts')])
    .groupBy('network')
    .orderBy('attempts', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { network: row.network, attempts: Number(row.attempts) };
};

/** Of one network, the one that was begun last. */
export const newestOfNetwork = async (db: Db, network: string): Promise<string | undefined> => {
  const row = await db
    .selectFrom('sign_in_attempts')
    .select('state_hash')
    .where('network', '=', network)
    .orderBy('expires_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.state_hash;
};

/** Those past their time, the oldest first. */
export const expiredSignInAttempts = async (db: Db, now: number, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('sign_in_attempts')
    .select('state_hash')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(({ state_hash }) => state_hash);
};

export const insertSignInAttempt = async (tx: Tx, row: SignInAttemptRow): Promise<void> => {
  await tx.uncached.insertInto('sign_in_attempts').values(row).execute();
};

export const deleteSignInAttempt = async (tx: Tx, stateHash: string): Promise<void> => {
  await tx.uncached.deleteFrom('sign_in_attempts').where('state_hash', '=', stateHash).execute();
};
