import type { AuditBlockRow } from '../../database/audit-schema.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import { deleteNumbered, recordEvent } from '../events/tx.ts';
import { heldAmong } from './holds/rows.ts';
import * as rows from './rows.ts';

/** Adds a block; false where another process has added one meanwhile. */
export const sealBlock = defineWrite(
  'audit.block.seal',
  async (tx: Tx, row: AuditBlockRow): Promise<boolean> => {
    const last = await rows.lastBlock(tx.db);
    if ((last?.position ?? 0) !== row.position - 1) return false;
    await rows.insertBlock(tx, row);
    return true;
  },
);

/** Records that a checkpoint was asked for: so there is always something to seal. */
export const askForCheckpoint = defineWrite(
  'audit.checkpoint.ask',
  async (tx: Tx, { actor, at }: { actor: Actor; at: number }): Promise<void> =>
    recordEvent(tx, actor, { accountId: null, at, action: 'tidegate.audit.seal', target: 'audit log' }),
);

/**
 * Notes which events of a block retention is about to remove; false where an account among them is held since they were chosen.
 * It stands before the events go: what is missing without it was removed by another hand.
 */
export const noteGone = defineWrite(
  'audit.block.gone',
  async (
    tx: Tx,
    input: { position: number; gone: string; accounts: string[]; now: number },
  ): Promise<boolean> => {
    const { position, gone, accounts, now } = input;
    if ((await heldAmong(tx.db, accounts, now)).length > 0) return false;
    await rows.updateBlock(tx, position, { gone });
    return true;
  },
);

export const removeSealed = defineWrite(
  'audit.events.remove',
  async (tx: Tx, numbers: readonly number[]): Promise<void> => deleteNumbered(tx, numbers),
  { relaxed: true, bulk: true },
);

/** What retention has left of a block. */
export const settleBlock = defineWrite(
  'audit.block.settle',
  async (tx: Tx, input: { position: number; state: number; lookedAt: number }): Promise<void> => {
    const { position, state, lookedAt } = input;
    const change = { state, looked_at: lookedAt };
    await rows.updateBlock(tx, position, state === rows.EMPTY ? { ...change, leaves: null } : change);
  },
  { relaxed: true },
);
