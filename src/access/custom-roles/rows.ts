import { ANY, type Changing, type Db, type Tx } from '../../database/database.ts';
import type { CustomRoleRow } from '../../database/iam-schema.ts';

/** An account's custom roles by name; IBM allows 40. */
export const listCustomRoles = (db: Db, accountId: string): Promise<CustomRoleRow[]> =>
  db.selectFrom('custom_roles').selectAll().where('account_id', '=', accountId).orderBy('name').execute();

export const findCustomRole = (db: Db, id: string): Promise<CustomRoleRow | undefined> =>
  db.selectFrom('custom_roles').selectAll().where('id', '=', id).executeTakeFirst();

export const insertCustomRole = async (tx: Tx, row: CustomRoleRow): Promise<void> => {
  await changing(tx, row.account_id).insertInto('custom_roles').values(row).execute();
};

export const updateCustomRole = async (tx: Tx, { id, ...set }: CustomRoleRow): Promise<void> => {
  await changing(tx, set.account_id).updateTable('custom_roles').set(set).where('id', '=', id).execute();
};

export const deleteCustomRole = async (
  tx: Tx,
  { id, account_id }: Pick<CustomRoleRow, 'id' | 'account_id'>,
): Promise<void> => {
  await changing(tx, account_id).deleteFrom('custom_roles').where('id', '=', id).execute();
};

/** Any policy of the account may give the role, so everything that was made from policies must be made again. */
const changing = (tx: Tx, accountId: string): Changing<'custom_roles'> => {
  tx.changed('policy', ANY);
  return tx.changed('custom-role', accountId);
};
