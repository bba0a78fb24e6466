import type { Db, Tx } from '../../database/database.ts';
import type { ResourceGroupRow } from '../../database/iam-schema.ts';

export const findResourceGroup = (db: Db, id: string): Promise<ResourceGroupRow | undefined> =>
  db.selectFrom('resource_groups').selectAll().where('id', '=', id).executeTakeFirst();

/** An account's resource groups by name, without its default one, which has no row. */
export const listResourceGroups = (db: Db, accountId: string): Promise<ResourceGroupRow[]> =>
  db.selectFrom('resource_groups').selectAll().where('account_id', '=', accountId).orderBy('name').execute();

export const insertResourceGroup = async (tx: Tx, row: ResourceGroupRow): Promise<void> => {
  await tx.uncached.insertInto('resource_groups').values(row).execute();
};

export const renameResourceGroup = async (
  tx: Tx,
  { id, name, updated_at }: Pick<ResourceGroupRow, 'id' | 'name' | 'updated_at'>,
): Promise<void> => {
  await tx.uncached.updateTable('resource_groups').set({ name, updated_at }).where('id', '=', id).execute();
};

export const deleteResourceGroup = async (tx: Tx, id: string): Promise<void> => {
  await tx.uncached.deleteFrom('resource_groups').where('id', '=', id).execute();
};
