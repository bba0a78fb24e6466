import { defineWrite, type Tx } from '../../database/database.ts';
import type { RegionRow } from '../../database/schema.ts';
import * as regions from './rows.ts';

/** Gives a region of the configuration its immutable id, the first time it is seen. Answers the row that holds. */
export const ensureRegion = defineWrite(
  'tenancy.region.ensure',
  async (tx: Tx, row: RegionRow): Promise<RegionRow> => {
    const known = await regions.findRegion(tx.db, row.name);
    if (known) return known;
    await regions.insertRegion(tx, row);
    return row;
  },
);
