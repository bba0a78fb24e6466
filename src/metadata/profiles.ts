import type { Db } from './database.ts';
import type { ProfileRow, ProfileTrustRow } from './iam-schema.ts';

export const findProfile = (db: Db, id: string): Promise<ProfileRow | undefined> =>
  db.selectFrom('profiles').selectAll().where('id', '=', id).executeTakeFirst();

export const findProfileTrust = (db: Db, id: string): Promise<ProfileTrustRow | undefined> =>
  db.selectFrom('profile_trusts').selectAll().where('id', '=', id).executeTakeFirst();

export const insertProfile = async (db: Db, row: ProfileRow): Promise<void> => {
  await db.insertInto('profiles').values(row).execute();
};

export const insertProfileTrust = async (db: Db, row: ProfileTrustRow): Promise<void> => {
  await db.insertInto('profile_trusts').values(row).execute();
};
