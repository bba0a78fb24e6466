import { defineWrite, type Tx } from '../../database/database.ts';
import { forgetJournal } from '../../database/table-copy.ts';
import { type DatabasePosition, findPosition, putPosition } from './rows.ts';

/** Goes on by one; answers where that is. */
export const advancePosition = defineWrite(
  'lifecycle.position.advance',
  async (tx: Tx, { at }: { at: number }): Promise<DatabasePosition> => {
    const position = { number: ((await findPosition(tx.db))?.number ?? 0) + 1, at };
    await putPosition(tx, position);
    return position;
  },
);

/**
 * Takes database and bytes as they are: goes on behind what both have. The journal of revocations begins anew, since an
 * older database would give its numbers a second time.
 */
export const acceptPosition = defineWrite(
  'lifecycle.position.accept',
  async (tx: Tx, { beside, at }: { beside: number; at: number }): Promise<DatabasePosition> => {
    const own = (await findPosition(tx.db))?.number ?? 0;
    const position = { number: Math.max(own, beside) + 1, at };
    await putPosition(tx, position);
    await forgetJournal(tx);
    return position;
  },
);
