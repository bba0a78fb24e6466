import { builtOnce } from '../../database/built-once.ts';
import type { Db, Tx } from '../../database/database.ts';
import type { NamespaceRow } from '../../database/schema.ts';

export const findNamespace = (db: Db, regionId: string, name: string): Promise<NamespaceRow | undefined> =>
  db
    .selectFrom('namespaces')
    .selectAll()
    .where('region_id', '=', regionId)
    .where('name', '=', name)
    .executeTakeFirst();

/**
 * The region that removed namespaces lie in until they are empty. No configuration can name it, so no request and no list
 * of an account finds them, on replicas of earlier versions either; and their names are free at once.
 */
export const REMOVED = '_removed';

const namespaceById = builtOnce(['id'], (db, { id }: { id: string }) =>
  db.selectFrom('namespaces').selectAll().where('id', '=', id),
);

export const findNamespaceById = async (db: Db, id: string): Promise<NamespaceRow | undefined> => {
  const [namespace] = await namespaceById(db, { id });
  return namespace;
};

/** An account's namespaces in a region, by name; at most IBM's 100, so not paged. */
export const listNamespaces = (db: Db, accountId: string, regionId: string): Promise<NamespaceRow[]> =>
  db
    .selectFrom('namespaces')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('region_id', '=', regionId)
    .orderBy('name')
    .execute();

export const insertNamespace = async (tx: Tx, row: NamespaceRow): Promise<void> => {
  await tx.changed('namespace', keyOf(row)).insertInto('namespaces').values(row).execute();
};

/** Puts a namespace into a resource group. */
export const assignNamespace = async (
  tx: Tx,
  namespace: Named,
  change: Pick<NamespaceRow, 'resource_group_id' | 'updated_at'>,
): Promise<void> => {
  await tx
    .changed('namespace', keyOf(namespace))
    .updateTable('namespaces')
    .set(change)
    .where('id', '=', namespace.id)
    .execute();
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

/** Marks a namespace as removed: it moves to the region of these, and leaves its name and its resource group. */
export const markRemoved = async (tx: Tx, namespace: Named): Promise<void> => {
  const change = {
    region_id: REMOVED,
    // not a name that can be asked for; the old one is told by nameBefore
    name: `${namespace.name}:${namespace.id}`,
    resource_group_id: null,
  };
  await tx
    .changed('namespace', keyOf(namespace))
    .updateTable('namespaces')
    .set(change)
    .where('id', '=', namespace.id)
    .execute();
};

/** One of the removed namespaces that are not empty yet. */
export const findRemovedNamespace = async (
  db: Db,
): Promise<{ readonly id: string; readonly accountId: string; readonly nameBefore: string } | undefined> => {
  const row = await db
    .selectFrom('namespaces')
    .select(['id', 'account_id as accountId', 'name'])
    .where('region_id', '=', REMOVED)
    .orderBy('name')
    .limit(1)
    .executeTakeFirst();
  return (
    row && { id: row.id, accountId: row.accountId, nameBefore: row.name.slice(0, row.name.indexOf(':')) }
  );
};

/** Removes a namespace with its repositories, manifests, tags, links and uploads (by foreign keys). */
export const deleteNamespace = async (tx: Tx, namespace: Named): Promise<void> => {
  await tx
    .changed('namespace', keyOf(namespace))
    .deleteFrom('namespaces')
    .where('id', '=', namespace.id)
    .execute();
};

type Named = Pick<NamespaceRow, 'id' | 'region_id' | 'name'>;

/** The change feed names a namespace as caches look it up. */
const keyOf = ({ region_id, name }: Named): string => `${region_id}/${name}`;
