import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { accountToRemove, beginClearing, deleteAccount, onAccountCleared } from '../../identity/tx.ts';
import type { Actor } from '../../principal.ts';

/** Rows of one piece: a few milliseconds of SQLite's writer. */
const PIECE = 300;

/** `none`: no account's time is over. `waits`: what is left of it is cleared away elsewhere first. */
export type Cleared = 'none' | 'waits' | 'piece';

/** Clears a piece of one account whose time is over; the last piece is the account itself. Its audit events stay. */
export const clearAccount = defineWrite(
  'lifecycle.account.clear',
  async (tx: Tx, { at, actor }: { at: number; actor: Actor }): Promise<Cleared> => {
    const account = await accountToRemove(tx.db, at);
    if (!account) return 'none';
    const { id: accountId, name: targetName } = account;
    if (!account.isClearing) await beginClearing(tx, accountId, at);
    const budget = { rows: PIECE, waits: false };
    await onAccountCleared.run(tx, { accountId, at, actor, budget });
    if (budget.waits) return 'waits';
    if (budget.rows < PIECE) return 'piece';
    await deleteAccount(tx, accountId);
    await recordEvent(tx, actor, {
      accountId,
      at,
      action: 'tidegate.account.remove',
      target: accountId,
      targetType: 'account',
      targetName,
      reason: 'everything the account had is gone; its audit events stay',
    });
    return 'piece';
  },
  { bulk: true },
);
