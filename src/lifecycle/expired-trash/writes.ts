import { defineWrite, type Tx } from '../../database/database.ts';
import { discard } from '../../registry/tx.ts';
import { expiredTrash } from './rows.ts';

/** Rows of one piece: a few milliseconds of SQLite's writer. */
const PIECE = 300;
/** Entries that one piece looks at. */
const ENTRIES = 50;

/** Clears a piece of what cannot be restored any more out of the trash; false when there is nothing left. */
export const clearExpiredTrash = defineWrite(
  'lifecycle.trash.clear',
  async (tx: Tx, { at }: { at: number }): Promise<boolean> => {
    const expired = await expiredTrash(tx.db, at, ENTRIES);
    let left = PIECE;
    for (const key of expired) {
      left -= await discard(tx, key, left);
      if (left <= 0) break;
    }
    return expired.length > 0;
  },
  { bulk: true },
);
