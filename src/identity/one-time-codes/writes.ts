import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { OneTimeCodeRow } from '../../database/iam-schema.ts';
import type { Actor } from '../../principal.ts';
import * as codes from './rows.ts';

/** Removes a code and answers the row that was there; undefined where there is none of this purpose. */
export const useOneTimeCode = defineWrite(
  'identity.one-time-code.use',
  async (
    tx: Tx,
    { hash, purpose }: { hash: string; purpose: OneTimeCodeRow['purpose'] },
  ): Promise<OneTimeCodeRow | undefined> => {
    const code = await codes.findOneTimeCode(tx.db, hash);
    if (code?.purpose !== purpose) return undefined;
    await codes.deleteOneTimeCode(tx, code.id);
    return code;
  },
);

/** A passcode, in place of an earlier one of the same user. */
export const createPasscode = defineWrite(
  'identity.passcode.create',
  async (tx: Tx, { row, actor }: { row: OneTimeCodeRow; actor: Actor }): Promise<void> => {
    const { account_id: accountId, iam_id: iamId, created_at: at } = row;
    await codes.deleteOneTimeCodesOf(tx, { accountId, iamId, purpose: 'passcode' });
    await codes.insertOneTimeCode(tx, row);
    const action = 'iam-identity.user-passcode.create';
    await recordEvent(tx, actor, { accountId, at, action, target: iamId });
  },
);

export const removeExpiredCodes = defineWrite(
  'identity.one-time-code.expire',
  async (tx: Tx, { ids }: { ids: readonly string[] }): Promise<void> => {
    for (const id of ids) await codes.deleteOneTimeCode(tx, id);
  },
);
