import { defineWrite, type Tx } from '../../database/database.ts';
import type { RefusalRow } from '../../database/quota-schema.ts';
import { findAccount, onAccountCleared } from '../../identity/tx.ts';
import { deleteRefusalsBefore, deleteRefusalsOfAccount, insertRefusal } from './rows.ts';

export interface NewRefusal {
  readonly row: RefusalRow;
  readonly requestIds: readonly string[];
}

/** Writes what was refused since the last batch; of an account that is gone meanwhile nothing. */
export const recordRefusals = defineWrite(
  'audit.refusals.record',
  async (tx: Tx, refusals: readonly NewRefusal[]): Promise<void> => {
    for (const { row, requestIds } of refusals) {
      if (await findAccount(tx.db, row.account_id)) await insertRefusal(tx, row, requestIds);
    }
  },
);

/** Removes refusals older than `before`, at most `limit`; answers how many. */
export const forgetRefusals = defineWrite(
  'audit.refusals.forget',
  async (tx: Tx, { before, limit }: { before: number; limit: number }): Promise<number> =>
    deleteRefusalsBefore(tx, before, limit),
);

onAccountCleared.add(async (tx, { accountId, budget }) => {
  if (budget.rows > 0) budget.rows -= await deleteRefusalsOfAccount(tx, accountId, budget.rows);
});
