import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import { findFederatedIdentityOf, noteNextCheck } from '../federated-identities/rows.ts';
import { membershipsOfUser } from '../users/rows.ts';
import * as signIns from './rows.ts';

/** Sign-ins that one logout token ends at most; more than one person has (MOST_SIGN_INS). */
const AT_ONCE = 200;

export interface Logout {
  /** Tells the token from every other: one works once. */
  readonly tokenId: string;
  readonly keptUntil: number;
  readonly issuer: string;
  /** The session at the provider; undefined for all of the subject. */
  readonly sid: string | undefined;
  readonly subject: string | undefined;
  readonly at: number;
  readonly actor: Actor;
}

/**
 * A person logged out at the provider: the sign-ins of that session end, or all of that person there. What else hangs on the
 * provider's word is asked for soon.
 */
export const logOut = defineWrite(
  'identity.sign-in.log-out',
  async (tx: Tx, input: Logout): Promise<'used' | 'done'> => {
    const { tokenId, issuer, sid, subject, at, actor } = input;
    if (await signIns.findUsedLogoutToken(tx.db, tokenId)) return 'used';
    await signIns.insertUsedLogoutToken(tx, { id: tokenId, kept_until: input.keptUntil });
    const identity =
      subject === undefined ? undefined : await findFederatedIdentityOf(tx.db, issuer, subject);
    if (subject !== undefined && !identity) return 'done';
    const named =
      sid === undefined
        ? await signIns.signInsOfIdentity(tx.db, identity?.id ?? '', AT_ONCE)
        : await signIns.signInsOfSid(tx.db, issuer, sid, AT_ONCE);
    const ended = named.filter((row) => !identity || row.federated_identity_id === identity.id);
    for (const { id } of ended) await signIns.endSignIn(tx, id, at);
    for (const iamId of new Set(ended.map((row) => row.iam_id))) {
      await noteNextCheck(tx, iamId, at);
      const event = { at, action: 'iam-identity.user-federated.logout', target: iamId, targetType: 'user' };
      for (const { account_id: accountId } of await membershipsOfUser(tx.db, iamId))
        await recordEvent(tx, actor, { ...event, accountId, targetName: issuer });
    }
    return 'done';
  },
);

/** A person signs out here: what came from this sign-in ends. False where it is over already. */
export const endSignIn = defineWrite(
  'identity.sign-in.end',
  async (
    tx: Tx,
    { id, accountId, at, actor }: { id: string; accountId: string; at: number; actor: Actor },
  ): Promise<boolean> => {
    const row = await signIns.findSignIn(tx.db, id);
    if (!row || row.ended_at !== null) return false;
    await signIns.endSignIn(tx, id, at);
    await recordEvent(tx, actor, {
      accountId,
      at,
      action: 'iam-identity.user-federated.logout',
      target: row.iam_id,
      targetType: 'user',
      targetName: row.issuer,
    });
    return true;
  },
);

/** Removes the rows of what is over, which nothing accepts any more. */
export const removeSignIns = defineWrite(
  'identity.sign-in.expire',
  async (tx: Tx, { ids }: { ids: readonly string[] }): Promise<void> => {
    for (const id of ids) await signIns.deleteSignIn(tx, id);
  },
);

export const removeUsedLogoutTokens = defineWrite(
  'identity.logout-token.expire',
  (tx: Tx, { ids }: { ids: readonly string[] }): Promise<void> => signIns.deleteUsedLogoutTokens(tx, ids),
);
