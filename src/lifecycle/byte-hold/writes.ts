import { defineWrite, type Tx } from '../../database/database.ts';
import { changeByteHold, deleteByteHold, deleteLapsedByteHolds, insertByteHold } from './rows.ts';

export const openByteHold = defineWrite(
  'lifecycle.byte-hold.open',
  async (tx: Tx, { id, now, until }: { id: string; now: number; until: number }): Promise<void> => {
    await deleteLapsedByteHolds(tx, now);
    await insertByteHold(tx, { id, held_until: until });
  },
);

/** False where it had lapsed before `now`: bytes may have gone since, so it is not taken up again. */
export const renewByteHold = defineWrite(
  'lifecycle.byte-hold.renew',
  async (tx: Tx, { id, now, until }: { id: string; now: number; until: number }): Promise<boolean> => {
    await deleteLapsedByteHolds(tx, now);
    return changeByteHold(tx, id, until);
  },
);

export const closeByteHold = defineWrite(
  'lifecycle.byte-hold.close',
  async (tx: Tx, id: string): Promise<void> => deleteByteHold(tx, id),
);
