import type { Db } from './database.ts';
import type { AccountRow, MembershipRow, UserRow } from './schema.ts';

export const anyAccount = (db: Db): Promise<AccountRow | undefined> =>
  db.selectFrom('accounts').selectAll().orderBy('created_at').limit(1).executeTakeFirst();

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
