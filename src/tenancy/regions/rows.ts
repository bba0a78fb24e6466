import type { Db, Tx } from '../../database/database.ts';
import type { RegionRow } from '../../database/schema.ts';

export const listRegions = (db: Db): Promise<RegionRow[]> =>
  db.selectFrom('regions').selectAll().orderBy('name').execute();

export const findRegion = (db: Db, name: string): Promise<RegionRow | undefined> =>
  db.selectFrom('regions').selectAll().where('name', '=', name).executeTakeFirst();

export const insertRegion = async (tx: Tx, row: RegionRow): Promise<void> => {
  await tx.uncached.insertInto('regions').values(row).execute();
};
