import type { Db } from '../../database/database.ts';
import type { AccountRow, MembershipRow, UserRow } from '../../database/schema.ts';

/** The account of the first start, whose Administrators are the operators. */
export const firstAccount = (db: Db): Promise<AccountRow | undefined> =>
  db
    .selectFrom('accounts')
    .innerJoin('installation', 'installation.value', 'accounts.id')
    .selectAll('accounts')
    .where('installation.name', '=', 'first-account')
    .executeTakeFirst();

/** Remembers which account was the first. */
export const markFirstAccount = async (db: Db, id: string): Promise<void> => {
  await db.insertInto('installation').values({ name: 'first-account', value: id }).execute();
};

export const findAccount = (db: Db, id: string): Promise<AccountRow | undefined> =>
  db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();

export const insertAccount = async (db: Db, row: AccountRow): Promise<void> => {
  await db.insertInto('accounts').values(row).execute();
};

export const findUser = (db: Db, iamId: string): Promise<UserRow | undefined> =>
  db.selectFrom('users').selectAll().where('iam_id', '=', iamId).executeTakeFirst();

export const insertUser = async (db: Db, row: UserRow): Promise<void> => {
  await db.insertInto('users').values(row).execute();
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

export const insertMembership = async (db: Db, row: MembershipRow): Promise<void> => {
  await db.insertInto('memberships').values(row).execute();
};
