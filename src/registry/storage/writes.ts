import { defineWrite, type Tx } from '../../database/database.ts';
import { findAccount } from '../../identity/tx.ts';
import { deleteStorageCount, type Place, putStorageCount } from './rows.ts';

/** Writes down what an account was found to store; `bytes` undefined: it is small now, and is summed when asked. */
export const recordStorage = defineWrite(
  'tenancy.storage.record',
  async (tx: Tx, input: { place: Place; bytes: number | undefined; at: number }): Promise<void> => {
    const { place, bytes, at } = input;
    if (bytes === undefined) return deleteStorageCount(tx, place);
    if (!(await findAccount(tx.db, place.accountId))) return;
    await putStorageCount(tx, {
      account_id: place.accountId,
      region_id: place.regionId,
      bytes,
      counted_at: at,
    });
  },
);
