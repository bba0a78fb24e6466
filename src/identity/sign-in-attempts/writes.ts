import { defineWrite, type Tx } from '../../database/database.ts';
import type { SignInAttemptRow } from '../../database/federation-schema.ts';
import * as attempts from './rows.ts';

/** `inPlaceOf`: the network that loses its newest attempt for this one. */
export const beginSignInAttempt = defineWrite(
  'identity.sign-in-attempt.begin',
  async (tx: Tx, { row, inPlaceOf }: { row: SignInAttemptRow; inPlaceOf?: string }): Promise<void> => {
    const loser = inPlaceOf === undefined ? undefined : await attempts.newestOfNetwork(tx.db, inPlaceOf);
    if (loser !== undefined) await attempts.deleteSignInAttempt(tx, loser);
    await attempts.insertSignInAttempt(tx, row);
  },
  // a power cut may lose an attempt: the person begins again
  { relaxed: true },
);

/** Takes the attempt of a state: whatever comes of it, no second answer finds it. */
export const takeSignInAttempt = defineWrite(
  'identity.sign-in-attempt.take',
  async (tx: Tx, { stateHash }: { stateHash: string }): Promise<SignInAttemptRow | undefined> => {
    const attempt = await attempts.findSignInAttempt(tx.db, stateHash);
    if (attempt) await attempts.deleteSignInAttempt(tx, stateHash);
    return attempt;
  },
);

export const removeSignInAttempts = defineWrite(
  'identity.sign-in-attempt.expire',
  async (tx: Tx, { stateHashes }: { stateHashes: readonly string[] }): Promise<void> => {
    for (const hash of stateHashes) await attempts.deleteSignInAttempt(tx, hash);
  },
);
