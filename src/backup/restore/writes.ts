import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { endCopy } from '../../database/table-copy.ts';
import type { Actor } from '../../principal.ts';

interface Finish {
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly snapshot: string;
  readonly at: number;
  readonly actor: Actor;
}

/** Makes the filled place an installation: from here on a server starts on it. */
export const finishRestore = defineWrite(
  'backup.restore.finish',
  async (tx: Tx, { facts, snapshot, at, actor }: Finish): Promise<void> => {
    await endCopy(tx, facts);
    const event = { accountId: null, at, action: 'tidegate.backup.restore', target: snapshot };
    await recordEvent(tx, actor, event);
  },
);
