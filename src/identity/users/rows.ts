import type { Db, Tx } from '../../database/database.ts';
import type { MembershipRow, UserRow } from '../../database/schema.ts';

/** A user as a member of one account. */
export type MemberRow = UserRow & Pick<MembershipRow, 'account_id' | 'state' | 'added_at'>;

export const findUser = (db: Db, iamId: string): Promise<UserRow | undefined> =>
  db.selectFrom('users').selectAll().where('iam_id', '=', iamId).executeTakeFirst();

export const findUserByName = (db: Db, userName: string): Promise<UserRow | undefined> =>
  db.selectFrom('users').selectAll().where('user_name', '=', userName).executeTakeFirst();

/** The name of a row is unique; several can have one e-mail address. */
export const setUserName = async (tx: Tx, iamId: string, userName: string): Promise<void> => {
  await tx.uncached.updateTable('users').set({ user_name: userName }).where('iam_id', '=', iamId).execute();
};

/** Users by their iam_id or by the name they log in with. */
export const usersCalled = (db: Db, nameOrId: string, limit: number): Promise<UserRow[]> =>
  db
    .selectFrom('users')
    .selectAll()
    .where(({ or, eb }) =>
      or([eb('iam_id', '=', nameOrId), eb('email', '=', nameOrId), eb('user_name', '=', nameOrId)]),
    )
    .limit(limit)
    .execute();

export const insertUser = async (tx: Tx, row: UserRow): Promise<void> => {
  await tx.uncached.insertInto('users').values(row).execute();
};

export const setUserNames = async (
  tx: Tx,
  iamId: string,
  names: Pick<UserRow, 'first_name' | 'last_name'>,
): Promise<void> => {
  await tx.uncached.updateTable('users').set(names).where('iam_id', '=', iamId).execute();
};

/** A user with the password and every membership. */
export const deleteUser = async (tx: Tx, iamId: string): Promise<void> => {
  await tx.changing('password', async (tables) => {
    const rows = await tables.deleteFrom('passwords').where('iam_id', '=', iamId).returning('id').execute();
    return { ids: rows.map(({ id }) => id), answer: undefined };
  });
  await tx.changing('membership', async (tables) => {
    const rows = await tables
      .deleteFrom('memberships')
      .where('iam_id', '=', iamId)
      .returning('account_id')
      .execute();
    return { ids: rows.map(({ account_id }) => membershipId(account_id, iamId)), answer: undefined };
  });
  await tx.uncached.deleteFrom('users').where('iam_id', '=', iamId).execute();
};

export const findMembership = (
  db: Db,
  accountId: string,
  iamId: string,
): Promise<MembershipRow | undefined> =>
  db
    .selectFrom('memberships')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .executeTakeFirst();

/** The accounts a user belongs to, in whatever state; the one joined first comes first. */
export const membershipsOfUser = async (db: Db, iamId: string): Promise<MembershipRow[]> => {
  const rows = await db.selectFrom('memberships').selectAll().where('iam_id', '=', iamId).execute();
  return rows.sort((a, b) => a.added_at - b.added_at || (a.account_id < b.account_id ? -1 : 1));
};

export const insertMembership = async (tx: Tx, row: MembershipRow): Promise<void> => {
  await tx
    .changed('membership', membershipId(row.account_id, row.iam_id))
    .insertInto('memberships')
    .values(row)
    .execute();
};

export const setMembershipState = async (
  tx: Tx,
  { accountId, iamId, state }: { accountId: string; iamId: string; state: MembershipRow['state'] },
): Promise<void> => {
  await tx
    .changed('membership', membershipId(accountId, iamId))
    .updateTable('memberships')
    .set({ state })
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute();
};

export const deleteMembership = async (tx: Tx, accountId: string, iamId: string): Promise<void> => {
  await tx
    .changed('membership', membershipId(accountId, iamId))
    .deleteFrom('memberships')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute();
};

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

/** The members of an account, in whatever state, that log in with a name; there is one at most. */
export const membersCalled = (db: Db, accountId: string, name: string): Promise<MemberRow[]> =>
  members(db, accountId)
    // the other way round, all members of the account would be looked at
    .where('memberships.iam_id', 'in', (select) =>
      select
        .selectFrom('users')
        .select('iam_id')
        .where(({ or, eb }) => or([eb('email', '=', name), eb('user_name', '=', name)])),
    )
    .execute();

const members = (db: Db, accountId: string) =>
  db
    .selectFrom('memberships')
    .innerJoin('users', 'users.iam_id', 'memberships.iam_id')
    .selectAll('users')
    .select(['memberships.account_id', 'memberships.state', 'memberships.added_at'])
    .where('memberships.account_id', '=', accountId);

/** How caches know a membership. */
const membershipId = (accountId: string, iamId: string): string => `${accountId}/${iamId}`;
