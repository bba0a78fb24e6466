import type { Db } from '../../database/database.ts';
import type { NamespaceRow } from '../../database/schema.ts';

export const findNamespace = (db: Db, regionId: string, name: string): Promise<NamespaceRow | undefined> =>
  db
    .selectFrom('namespaces')
    .selectAll()
    .where('region_id', '=', regionId)
    .where('name', '=', name)
    .executeTakeFirst();

export const findNamespaceById = (db: Db, id: string): Promise<NamespaceRow | undefined> =>
  db.selectFrom('namespaces').selectAll().where('id', '=', id).executeTakeFirst();

/** An account's namespaces in a region, by name; at most IBM's 100, so not paged. */
export const listNamespaces = (db: Db, accountId: string, regionId: string): Promise<NamespaceRow[]> =>
  db
    .selectFrom('namespaces')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('region_id', '=', regionId)
    .orderBy('name')
    .execute();

export const insertNamespace = async (db: Db, row: NamespaceRow): Promise<void> => {
  await db.insertInto('namespaces').values(row).execute();
};

/** Puts a namespace into a resource group. */
export const assignNamespace = async (
  db: Db,
  { id, resource_group_id, updated_at }: Pick<NamespaceRow, 'id' | 'resource_group_id' | 'updated_at'>,
): Promise<void> => {
  await db.updateTable('namespaces').set({ resource_group_id, updated_at }).where('id', '=', id).execute();
};

/** Whether a namespace of the account, in any region, is in a resource group. */
export const hasNamespacesInGroup = async (db: Db, accountId: string, groupId: string): Promise<boolean> => {
  const row = await db
    .selectFrom('namespaces')
    .select('id')
    .where('account_id', '=', accountId)
    .where('resource_group_id', '=', groupId)
    .executeTakeFirst();
  return row !== undefined;
};

/** Removes a namespace with its repositories, manifests, tags, links and uploads (by foreign keys). */
export const deleteNamespace = async (db: Db, id: string): Promise<void> => {
  await db.deleteFrom('namespaces').where('id', '=', id).execute();
};
