import { sql } from 'kysely';
import type { Db, Tx } from '../../database/database.ts';
import type { AccessGroupRow, GroupMemberRow, GroupRuleRow } from '../../database/iam-schema.ts';
import { hasFederatedIdentity } from '../../identity/tx.ts';

/** Stands in a list of groups for what providers say of a person: no group has this id. */
const FEDERATED = '';

/**
 * The ids of the access groups an identity is in, in one account, and whether providers say anything of it, which rules may
 * be about: one query.
 */
export const belongingOf = async (
  db: Db,
  accountId: string,
  iamId: string,
): Promise<{ groups: string[]; isFederated: boolean }> => {
  const rows = await db
    .selectFrom('group_members')
    .select('group_id')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .unionAll(hasFederatedIdentity(db, iamId, FEDERATED))
    .execute();
  const ids = rows.map(({ group_id }) => group_id);
  return { groups: ids.filter((id) => id !== FEDERATED), isFederated: ids.includes(FEDERATED) };
};

/** The ids of the access groups an identity was added to, in one account. */
export const groupsOfIdentity = async (db: Db, accountId: string, iamId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('group_members')
    .select('group_id')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute();
  return rows.map(({ group_id }) => group_id);
};

export const findAccessGroup = (db: Db, id: string): Promise<AccessGroupRow | undefined> =>
  db.selectFrom('access_groups').selectAll().where('id', '=', id).executeTakeFirst();

export const findAccessGroupByName = (
  db: Db,
  accountId: string,
  name: string,
): Promise<AccessGroupRow | undefined> =>
  db
    .selectFrom('access_groups')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .executeTakeFirst();

/** An account's access groups by name; IBM allows 500, so not paged here. */
export const listAccessGroups = (db: Db, accountId: string): Promise<AccessGroupRow[]> =>
  db.selectFrom('access_groups').selectAll().where('account_id', '=', accountId).orderBy('name').execute();

export const insertAccessGroup = async (tx: Tx, row: AccessGroupRow): Promise<void> => {
  await tx.uncached.insertInto('access_groups').values(row).execute();
};

export const updateAccessGroup = async (tx: Tx, { id, ...set }: AccessGroupRow): Promise<void> => {
  await tx.uncached.updateTable('access_groups').set(set).where('id', '=', id).execute();
};

/** Removes a group with its members and its rules. */
export const deleteAccessGroup = async (tx: Tx, accountId: string, id: string): Promise<void> => {
  await tx.changed('group-rule', accountId).deleteFrom('group_rules').where('group_id', '=', id).execute();
  await tx.changing('group-member', async (tables) => {
    const gone = await tables
      .deleteFrom('group_members')
      .where('group_id', '=', id)
      .returning(['account_id', 'iam_id'])
      .execute();
    return { ids: gone.map(memberKey), answer: undefined };
  });
  await tx.uncached.deleteFrom('access_groups').where('id', '=', id).execute();
};

export const findGroupMember = (
  db: Db,
  groupId: string,
  iamId: string,
): Promise<GroupMemberRow | undefined> =>
  db
    .selectFrom('group_members')
    .selectAll()
    .where('group_id', '=', groupId)
    .where('iam_id', '=', iamId)
    .executeTakeFirst();

/** A page of a group's members in order of their iam_ids. */
export const listGroupMembers = (
  db: Db,
  groupId: string,
  { offset, limit, type }: { offset: number; limit: number; type: GroupMemberRow['type'] | undefined },
): Promise<GroupMemberRow[]> => {
  const query = db
    .selectFrom('group_members')
    .selectAll()
    .where('group_id', '=', groupId)
    .orderBy('iam_id')
    .offset(offset)
    .limit(limit);
  return (type === undefined ? query : query.where('type', '=', type)).execute();
};

export const countGroupMembers = async (
  db: Db,
  groupId: string,
  type?: GroupMemberRow['type'],
): Promise<number> => {
  const query = db
    .selectFrom('group_members')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('group_id', '=', groupId);
  const row = await (type === undefined ? query : query.where('type', '=', type)).executeTakeFirst();
  return Number(row?.count ?? 0);
};

export const insertGroupMember = async (tx: Tx, row: GroupMemberRow): Promise<void> => {
  await tx.changed('group-member', memberKey(row)).insertInto('group_members').values(row).execute();
};

export const deleteGroupMember = async (
  tx: Tx,
  { group_id, account_id, iam_id }: Pick<GroupMemberRow, 'group_id' | 'account_id' | 'iam_id'>,
): Promise<void> => {
  await tx
    .changed('group-member', memberKey({ account_id, iam_id }))
    .deleteFrom('group_members')
    .where('group_id', '=', group_id)
    .where('iam_id', '=', iam_id)
    .execute();
};

/** A group's rules; IBM allows 5. */
export const listGroupRules = (db: Db, groupId: string): Promise<GroupRuleRow[]> =>
  db.selectFrom('group_rules').selectAll().where('group_id', '=', groupId).orderBy('id').execute();

export const findGroupRule = (db: Db, id: string): Promise<GroupRuleRow | undefined> =>
  db.selectFrom('group_rules').selectAll().where('id', '=', id).executeTakeFirst();

/** A page of the rules of all groups of an account, by id behind `after`. The document of one that is too long is empty. */
export const rulesOfAccount = (
  db: Db,
  { accountId, after, limit, longest }: { accountId: string; after: string; limit: number; longest: number },
): Promise<Pick<GroupRuleRow, 'id' | 'group_id' | 'document'>[]> =>
  db
    .selectFrom('group_rules')
    .innerJoin('access_groups', 'access_groups.id', 'group_rules.group_id')
    .select(['group_rules.id', 'group_rules.group_id'])
    .select(
      sql<string>`case when length(group_rules.document) <= ${longest} then group_rules.document else '' end`.as(
        'document',
      ),
    )
    .where('access_groups.account_id', '=', accountId)
    .where('group_rules.id', '>', after)
    .orderBy('group_rules.id')
    .limit(limit)
    .execute();

/** Caches know rules by their account: a change of one forgets all of the account. */
export const insertGroupRule = async (tx: Tx, accountId: string, row: GroupRuleRow): Promise<void> => {
  await tx.changed('group-rule', accountId).insertInto('group_rules').values(row).execute();
};

export const updateGroupRule = async (
  tx: Tx,
  accountId: string,
  { id, ...set }: GroupRuleRow,
): Promise<void> => {
  await tx
    .changed('group-rule', accountId)
    .updateTable('group_rules')
    .set(set)
    .where('id', '=', id)
    .execute();
};

export const deleteGroupRule = async (tx: Tx, accountId: string, id: string): Promise<void> => {
  await tx.changed('group-rule', accountId).deleteFrom('group_rules').where('id', '=', id).execute();
};

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
export const joinGroup = async (tx: Tx, row: GroupMemberRow): Promise<void> => {
  await tx
    .changed('group-member', memberKey(row))
    .insertInto('group_members')
    .values(row)
    .onConflict((conflict) => conflict.columns(['group_id', 'iam_id']).doNothing())
    .execute();
};

/** Takes an identity out of all its groups in an account. */
export const deleteGroupMemberships = async (tx: Tx, accountId: string, iamId: string): Promise<void> => {
  await tx
    .changed('group-member', memberKey({ account_id: accountId, iam_id: iamId }))
    .deleteFrom('group_members')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute();
};

/** How the change feed and the caches name the groups of one identity. */
const memberKey = ({ account_id, iam_id }: Pick<GroupMemberRow, 'account_id' | 'iam_id'>): string =>
  `${account_id}/${iam_id}`;
