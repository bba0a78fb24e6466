/** What the transactions of rooms above use of tenancy. */
import type { Db } from '../database/database.ts';
import { type Namespace, namespaceOf } from './namespaces/namespace.ts';
import * as namespaces from './namespaces/rows.ts';
import * as regions from './regions/rows.ts';

export { onNamespaceRemoved } from './extension-points.ts';
export { type QuotaPlace, refuseAtLimit } from './quotas/writes.ts';

export const findNamespaceById = async (db: Db, id: string): Promise<Namespace | undefined> => {
  const row = await namespaces.findNamespaceById(db, id);
  return row && namespaceOf(row);
};

/** Every region that content was ever in, by name. */
export const listRegions = async (db: Db): Promise<{ id: string; name: string }[]> =>
  (await regions.listRegions(db)).map(({ id, name }) => ({ id, name }));
