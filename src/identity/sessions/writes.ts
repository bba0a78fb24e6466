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
      /** Sessions the identity may have: the oldest make room. */
      atMost?: number | undefined;
    },
  ): Promise<void> => {
    if (session) {
      if (atMost !== undefined) await makeRoom(tx, session, atMost - 1);
      await sessions.insertSession(tx, session);
    }
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

/** Removes the rows of what is over, which nothing accepts any more. */
export const removeExpiredSessions = defineWrite(
  'identity.session.expire',
  async (
    tx: Tx,
    input: { sessionIds: readonly string[]; refreshTokenIds: readonly string[] },
  ): Promise<void> => {
    for (const id of input.sessionIds) await sessions.deleteSession(tx, id);
    for (const id of input.refreshTokenIds) await sessions.deleteRefreshToken(tx, id);
  },
);

const makeRoom = async (tx: Tx, session: SessionRow, room: number): Promise<void> => {
  const old = await sessions.sessionsOfIdentity(tx.db, session.account_id, session.iam_id);
  const alive = old.filter(({ expires_at: end }) => end > session.created_at);
  for (const { id } of alive.slice(0, Math.max(0, alive.length - room))) await sessions.deleteSession(tx, id);
};
