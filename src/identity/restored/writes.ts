import { defineWrite, type Tx } from '../../database/database.ts';
import { endFederatedIdentities } from '../federated-identities/rows.ts';
import { endFederatedSessions } from '../federated-sessions/rows.ts';
import { endAllSignIns } from '../sign-ins/rows.ts';
import { deleteSigningKeys } from '../signing-keys/rows.ts';

/**
 * Ends what was given out before a restore and does not last: access tokens and bearers by taking away the keys that
 * signed them (a server makes new ones), sessions of other issuers by ending each, so that their tokens are refused as long
 * as their issuers would accept them. People sign in at their providers again. Other sessions, refresh tokens and codes are in no backup.
 */
export const endTokensOfBefore = defineWrite(
  'identity.restored.end-tokens',
  async (tx: Tx, { at }: { at: number }): Promise<void> => {
    await deleteSigningKeys(tx, 'access-token');
    await deleteSigningKeys(tx, 'bearer');
    await endFederatedSessions(tx, at);
    await endAllSignIns(tx, at);
    await endFederatedIdentities(tx, at);
  },
);
