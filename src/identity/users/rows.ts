import type { Db } from '../../database/database.ts';
import type { MembershipRow, UserRow } from '../../database/schema.ts';

/** A user as a member of one account. */
export type MemberRow = UserRow & Pick<MembershipRow, 'account_id' | 'state' | 'added_at'>;

export const findUserByName = (db: Db, userName: string): Promise<UserRow | undefined> =>
  db.selectFrom('users').selectAll().where('user_name', '=', userName).executeTakeFirst();

export const findMember = (db: Db, accountId: string, iamId: string): Promise<MemberRow | undefined> =>
  members(db, accountId).where('memberships.iam_id', '=', iamId).executeTakeFirst();

/** The members of an account by iam_id, from `from` on. */
export const listMembers = (
  db: Db,
  { accountId, from, limit }: { accountId: string; from: string; limit: number },
): Promise<MemberRow[]> =>
  members(db, accountId)
    .where('memberships.iam_id', '>=', from)
    .orderBy('memberships.iam_id')
    .limit(limit)
    .execute();

export const countMembers = async (db: Db, accountId: string): Promise<number> => {
  const { count } = await db
    .selectFrom('memberships')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return Number(count);
};

/** The accounts a user belongs to, in whatever state; the one joined first comes first. */
export const membershipsOfUser = async (db: Db, iamId: string): Promise<MembershipRow[]> => {
  const rows = await db.selectFrom('memberships').selectAll().where('iam_id', '=', iamId).execute();
  return rows.sort((a, b) => a.added_at - b.added_at || (a.account_id < b.account_id ? -1 : 1));
};

export const setMembershipState = async (
  db: Db,
  { accountId, iamId, state }: { accountId: string; iamId: string; state: MembershipRow['state'] },
): Promise<void> => {
  await db
    .updateTable('memberships')
    .set({ state })
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute();
};

export const deleteMembership = async (db: Db, accountId: string, iamId: string): Promise<void> => {
  await db
    .deleteFrom('memberships')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute();
};

export const setUserNames = async (
  db: Db,
  iamId: string,
  names: Pick<UserRow, 'first_name' | 'last_name'>,
): Promise<void> => {
  await db.updateTable('users').set(names).where('iam_id', '=', iamId).execute();
};

/** With the password. */
export const deleteUser = async (db: Db, iamId: string): Promise<void> => {
  await db.deleteFrom('users').where('iam_id', '=', iamId).execute();
};

/** Takes away what a user signs in with in an account; answers the ids of what caches may hold. */
export const deleteSecretsOf = async (
  db: Db,
  accountId: string,
  iamId: string,
): Promise<{ keys: string[]; sessions: string[] }> => {
  await db
    .deleteFrom('refresh_tokens')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute();
  const sessions = await db
    .deleteFrom('sessions')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .returning('id')
    .execute();
  const keys = await db
    .deleteFrom('api_keys')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .returning('id')
    .execute();
  return { keys: keys.map(({ id }) => id), sessions: sessions.map(({ id }) => id) };
};

const members = (db: Db, accountId: string) =>
  db
    .selectFrom('memberships')
    .innerJoin('users', 'users.iam_id', 'memberships.iam_id')
    .selectAll('users')
    .select(['memberships.account_id', 'memberships.state', 'memberships.added_at'])
    .where('memberships.account_id', '=', accountId);
