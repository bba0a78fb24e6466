import { defineWrite, type Tx } from '../../database/database.ts';
import * as signIns from './rows.ts';

/** Removes the rows of what is over, which nothing accepts any more. */
export const removeSignIns = defineWrite(
  'identity.sign-in.expire',
  async (tx: Tx, { ids }: { ids: readonly string[] }): Promise<void> => {
    for (const id of ids) await signIns.deleteSignIn(tx, id);
  },
);
