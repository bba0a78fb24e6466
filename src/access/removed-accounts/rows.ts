import type { Tx } from '../../database/database.ts';

/* Pieces of an account that is removed: each function deletes at most `limit` rows and answers how many it did. */

export const deleteMembersOfAccount = (tx: Tx, accountId: string, limit: number): Promise<number> =>
  tx.changing('group-member', async (tables) => {
    const rows = await tx.db
      .selectFrom('group_members')
      .select(['group_id', 'iam_id'])
      .where('account_id', '=', accountId)
      .orderBy('iam_id')
      .limit(limit)
      .execute();
    for (const { group_id, iam_id } of rows)
      await tables
        .deleteFrom('group_members')
        .where('group_id', '=', group_id)
        .where('iam_id', '=', iam_id)
        .execute();
    return { ids: rows.map(({ iam_id }) => `${accountId}/${iam_id}`), answer: rows.length };
  });

/** Groups without members, with their rules (by foreign key; a group has five at most). */
export const deleteGroupsOfAccount = async (tx: Tx, accountId: string, limit: number): Promise<number> => {
  const rows = await tx.uncached
    .deleteFrom('access_groups')
    .where('id', 'in', (select) =>
      select.selectFrom('access_groups').select('id').where('account_id', '=', accountId).limit(limit),
    )
    .returning('id')
    .execute();
  return rows.length;
};

export const deletePoliciesOfAccount = (tx: Tx, accountId: string, limit: number): Promise<number> =>
  tx.changing('policy', async (tables) => {
    const rows = await tables
      .deleteFrom('policies')
      .where('id', 'in', (select) =>
        select.selectFrom('policies').select('id').where('account_id', '=', accountId).limit(limit),
      )
      .returning('subject')
      .execute();
    const subjects = new Set(rows.map(({ subject }) => `${accountId}/${subject}`));
    return { ids: [...subjects], answer: rows.length };
  });

/** All of them: an account has 40 at most. */
export const deleteCustomRolesOfAccount = async (tx: Tx, accountId: string): Promise<number> => {
  const rows = await tx
    .changed('custom-role', accountId)
    .deleteFrom('custom_roles')
    .where('account_id', '=', accountId)
    .returning('id')
    .execute();
  return rows.length;
};
