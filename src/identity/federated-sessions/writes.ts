import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { FederatedSessionRow } from '../../database/federation-schema.ts';
import type { Actor } from '../../principal.ts';
import * as sessions from './rows.ts';

/**
 * Opens the session of a token, once on all replicas: answers the one that is there already. Undefined where the token was
 * ended in this account as another profile.
 */
export const openFederatedSession = defineWrite(
  'identity.federated-session.open',
  async (
    tx: Tx,
    { row, actor }: { row: FederatedSessionRow; actor: Actor },
  ): Promise<FederatedSessionRow | undefined> => {
    const known = await sessions.findSessionOfToken(tx.db, row.token_hash, row.profile_id);
    if (known) return known;
    if (await sessions.isTokenEnded(tx.db, row.token_hash, row.account_id)) return undefined;
    await sessions.insertFederatedSession(tx, row);
    await recordEvent(tx, actor, {
      accountId: row.account_id,
      at: row.created_at,
      action: 'iam-identity.trustedprofile-oidc.login',
      target: row.profile_id,
      targetType: 'profile',
    });
    return row;
  },
);

/** False where there is no such session, or it is over. */
export const endFederatedSession = defineWrite(
  'identity.federated-session.end',
  async (tx: Tx, { id, at, actor }: { id: string; at: number; actor: Actor }): Promise<boolean> => {
    const session = await sessions.findFederatedSession(tx.db, id);
    if (!session || session.ended_at !== null) return false;
    await sessions.endFederatedSession(tx, id, at);
    const event = { accountId: session.account_id, at, action: 'iam-identity.session.revoke', target: id };
    await recordEvent(tx, actor, event);
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
