import type { Db } from './database.ts';
import type { AccessGroupRow, GroupMemberRow } from './iam-schema.ts';

/** The ids of the access groups an identity is in, in one account. */
export const groupsOfIdentity = async (db: Db, accountId: string, iamId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('group_members')
    .select('group_id')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute();
  return rows.map(({ group_id }) => group_id);
};

export const insertAccessGroup = async (db: Db, row: AccessGroupRow): Promise<void> => {
  await db.insertInto('access_groups').values(row).execute();
};

export const insertGroupMember = async (db: Db, row: GroupMemberRow): Promise<void> => {
  await db.insertInto('group_members').values(row).execute();
};
