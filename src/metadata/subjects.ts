import type { Db } from './database.ts';
import type { GroupMemberRow } from './iam-schema.ts';

/** Those of these access groups that are the account's. */
export const groupsOfAccount = async (
  db: Db,
  accountId: string,
  ids: readonly string[],
): Promise<string[]> => {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('access_groups')
    .select('id')
    .where('id', 'in', ids)
    .where('account_id', '=', accountId)
    .execute();
  return rows.map(({ id }) => id);
};

/** Puts an identity in a group; it may be in it already. */
export const joinGroup = async (db: Db, row: GroupMemberRow): Promise<void> => {
  await db
    .insertInto('group_members')
    .values(row)
    .onConflict((conflict) => conflict.columns(['group_id', 'iam_id']).doNothing())
    .execute();
};
