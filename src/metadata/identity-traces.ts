import type { Db } from './database.ts';

/** Takes an identity that is gone out of its groups. */
export const deleteGroupMemberships = async (db: Db, accountId: string, iamId: string): Promise<void> => {
  await db
    .deleteFrom('group_members')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute();
};

/** Trusts that name the identity, in every account. */
export const trustsOfIdentity = async (db: Db, iamId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('profile_trusts')
    .select('id')
    .where('kind', '=', 'identity')
    .where('identity', '=', iamId)
    .execute();
  return rows.map(({ id }) => id);
};

export const deleteTrust = async (db: Db, id: string): Promise<void> => {
  await db.deleteFrom('profile_trusts').where('id', '=', id).execute();
};
