/** What the transactions of rooms above use of tenancy. */
import type { Db, Tx } from '../database/database.ts';
import { type Namespace, namespaceOf } from './namespaces/namespace.ts';
import * as namespaces from './namespaces/rows.ts';
import * as regions from './regions/rows.ts';

export { onNamespaceRemoved } from './extension-points.ts';
export { findRemovedNamespace, REMOVED } from './namespaces/rows.ts';
export { type ContentCount, type ImageCount, noteContents } from './usage/note-contents.ts';
export { deleteCounters, type Holder, imagesOf, someContents } from './usage/rows.ts';

/** Undefined where there is none, and where it was removed. */
export const findNamespaceById = async (db: Db, id: string): Promise<Namespace | undefined> => {
  const row = await namespaces.findNamespaceById(db, id);
  return row && row.region_id !== namespaces.REMOVED ? namespaceOf(row) : undefined;
};

/** Deletes the row of a removed namespace, which is empty by now. */
export const deleteRemovedNamespace = async (tx: Tx, id: string): Promise<void> => {
  const row = await namespaces.findNamespaceById(tx.db, id);
  if (row?.region_id === namespaces.REMOVED) await namespaces.deleteNamespace(tx, row);
};

/** Every region that content was ever in, by name. */
export const listRegions = async (db: Db): Promise<{ id: string; name: string }[]> =>
  (await regions.listRegions(db))
    .filter(({ id }) => id !== namespaces.REMOVED)
    .map(({ id, name }) => ({ id, name }));
