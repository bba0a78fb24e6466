import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { FederatedSessionRow } from '../../database/federation-schema.ts';
import type { Actor } from '../../principal.ts';
import * as sessions from './rows.ts';

/**
 * Opens the session of a token, once on all replicas: 'opened', or the one that is there already. Undefined where the token was
 * ended in this account as another profile.
 */
export const openFederatedSession = defineWrite(
  'identity.federated-session.open',
  async (
    tx: Tx,
    { row, actor }: { row: FederatedSessionRow; actor: Actor },
  ): Promise<FederatedSessionRow | 'opened' | undefined> => {
    const { token_hash: tokenHash, profile_id: profileId, account_id: accountId } = row;
    const earlier = await sessions.earlierSessions(tx.db, { tokenHash, profileId, accountId });
    if (earlier.length > 0) return earlier.find(({ profile_id: id }) => id === profileId);
    await sessions.insertFederatedSession(tx, row);
    await recordEvent(tx, actor, {
      accountId: row.account_id,
      at: row.created_at,
      action: 'iam-identity.trustedprofile-oidc.login',
      target: row.profile_id,
      targetType: 'profile',
    });
    return 'opened';
  },
  // a power cut may lose a login that was answered just before: its token then opens another session
  { relaxed: true },
);

/**
 * Ends a session, and with it those that the same token has as other profiles of the account: the token is refused there as a
 * whole. False where there is no such session, or it is over.
 */
export const endFederatedSession = defineWrite(
  'identity.federated-session.end',
  async (tx: Tx, { id, at, actor }: { id: string; at: number; actor: Actor }): Promise<boolean> => {
    const session = await sessions.findFederatedSession(tx.db, id);
    if (!session || session.ended_at !== null) return false;
    const { token_hash: tokenHash, account_id: accountId } = session;
    for (const target of await sessions.endSessionsOfToken(tx, { tokenHash, accountId, at }))
      await recordEvent(tx, actor, { accountId, at, action: 'iam-identity.session.revoke', target });
    return true;
  },
);

/** Removes the rows of tokens that nothing accepts any more. */
export const removeFederatedSessions = defineWrite(
  'identity.federated-session.expire',
  async (tx: Tx, { ids }: { ids: readonly string[] }): Promise<void> => {
    for (const id of ids) await sessions.deleteFederatedSession(tx, id);
  },
);
