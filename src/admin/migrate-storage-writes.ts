import { recordEvent } from '../audit/events/tx.ts';
import { defineWrite, type Tx } from '../database/database.ts';
import { endCopy } from '../database/table-copy.ts';
import type { Actor } from '../principal.ts';

/** Makes the filled place an installation: from here on a server starts on it. */
export const finishCopy = defineWrite(
  'metadata.copy.finish',
  async (
    tx: Tx,
    { facts, at, actor }: { facts: readonly { name: string; value: string }[]; at: number; actor: Actor },
  ): Promise<void> => {
    await endCopy(tx, facts);
    const event = { accountId: null, at, action: 'tidegate.storage.migrate', target: 'installation' };
    await recordEvent(tx, actor, event);
  },
);
