import type { Changing, Db, Tx } from '../../database/database.ts';
import type { CustomRoleRow } from '../../database/iam-schema.ts';
import { subjectKeysContaining } from '../policies/rows.ts';

/** An account's custom roles by name; IBM allows 40. */
export const listCustomRoles = (db: Db, accountId: string): Promise<CustomRoleRow[]> =>
  db.selectFrom('custom_roles').selectAll().where('account_id', '=', accountId).orderBy('name').execute();

export const findCustomRole = (db: Db, id: string): Promise<CustomRoleRow | undefined> =>
  db.selectFrom('custom_roles').selectAll().where('id', '=', id).executeTakeFirst();

export const insertCustomRole = async (tx: Tx, row: CustomRoleRow): Promise<void> => {
  const tables = await changing(tx, row);
  await tables.insertInto('custom_roles').values(row).execute();
};

export const updateCustomRole = async (tx: Tx, { id, ...set }: CustomRoleRow): Promise<void> => {
  const tables = await changing(tx, set);
  await tables.updateTable('custom_roles').set(set).where('id', '=', id).execute();
};

export const deleteCustomRole = async (
  tx: Tx,
  { id, ...role }: Pick<CustomRoleRow, 'id' | 'account_id' | 'name'>,
): Promise<void> => {
  const tables = await changing(tx, role);
  await tables.deleteFrom('custom_roles').where('id', '=', id).execute();
};

/**
 * What was made from policies that give the role must be made again: caches are told of their subjects, of this account
 * and no other.
 */
const changing = async (
  tx: Tx,
  { account_id: accountId, name }: Pick<CustomRoleRow, 'account_id' | 'name'>,
): Promise<Changing<'custom_roles'>> => {
  // the end of the role's CRN, as it stands in JSON
  const subjects = await subjectKeysContaining(tx.db, accountId, `:customRole:${name}"`);
  tx.changed('policy', ...subjects);
  return tx.changed('custom-role', accountId);
};
