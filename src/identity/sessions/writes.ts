import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { RefreshTokenRow, SessionRow } from '../../database/schema.ts';
import type { Actor } from '../../principal.ts';
import * as sessions from './rows.ts';

export const openSession = defineWrite(
  'identity.session.open',
  async (
    tx: Tx,
    {
      session,
      token,
      atMost,
    }: {
      session: SessionRow | undefined;
      token: RefreshTokenRow;
      /** Sessions the account lets the identity have: the oldest make room. */
      atMost?: number | undefined;
    },
  ): Promise<void> => {
    if (session) {
      if (atMost !== undefined) await endOldest(tx, session, atMost - 1);
      await sessions.insertSession(tx, session);
    }
    await sessions.insertRefreshToken(tx, token);
  },
);

/** Keeps the refresh token of a session for another account; the same again is there already. */
export const switchAccount = defineWrite(
  'identity.session.switch-account',
  async (tx: Tx, { token }: { token: RefreshTokenRow }): Promise<void> => {
    if (await sessions.findRefreshToken(tx.db, token.token_hash)) return;
    await sessions.insertRefreshToken(tx, token);
  },
);

/** Ends a session with its refresh tokens. False when there is no such session. */
export const endSession = defineWrite(
  'identity.session.end',
  async (tx: Tx, { id, at, actor }: { id: string; at: number; actor: Actor }): Promise<boolean> => {
    const session = await sessions.findSession(tx.db, id);
    if (!session) return false;
    await sessions.deleteSession(tx, id);
    const event = { accountId: session.account_id, at, action: 'iam-identity.session.revoke', target: id };
    await recordEvent(tx, actor, event);
    return true;
  },
);

/** Sessions and refresh tokens that one transaction ends so that newer ones have room. */
export const ENDED_AT_ONCE = 100;

/** A piece of what an identity has of sessions in an account; answers whether more may be left. */
export const endSessionsOfIdentity = defineWrite(
  'identity.session.end-all',
  (tx: Tx, { accountId, iamId }: { accountId: string; iamId: string }): Promise<boolean> =>
    sessions.deleteSessionsOfIdentity(tx, accountId, iamId),
);

/** Removes sessions and refresh tokens: those whose time is over, or the oldest of an identity that has as many as it may have. */
export const removeSessions = defineWrite(
  'identity.session.expire',
  async (
    tx: Tx,
    input: { sessionIds: readonly string[]; refreshTokenIds: readonly string[] },
  ): Promise<void> => {
    for (const id of input.sessionIds) await sessions.deleteSession(tx, id);
    for (const id of input.refreshTokenIds) await sessions.deleteRefreshToken(tx, id);
  },
);

/** As many as one transaction ends; more of them were ended before (`removeSessions`). */
const endOldest = async (tx: Tx, session: SessionRow, keep: number): Promise<void> => {
  const { account_id: accountId, iam_id: iamId } = session;
  const behind = { accountId, iamId, keep, limit: ENDED_AT_ONCE };
  for (const id of await sessions.sessionsBehind(tx.db, behind)) await sessions.deleteSession(tx, id);
};
