import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import { discard, endTrash } from '../../registry/tx.ts';
import { oldestTrash } from './rows.ts';

/** Images that one transaction takes out of the trash. */
const AT_ONCE = 5;
/** Tags of one of them that a transaction takes; those of a larger one go when its time is cleared away. */
const TAGS = 500;

/** Takes the oldest images of an account out of its trash, before their time; answers how many. */
export const evictTrash = defineWrite(
  'lifecycle.trash.evict',
  async (
    tx: Tx,
    input: { accountId: string; regionId: string; at: number; actor: Actor },
  ): Promise<number> => {
    const { accountId, at, actor } = input;
    const oldest = await oldestTrash(tx.db, { ...input, limit: AT_ONCE });
    for (const key of oldest) {
      await endTrash(tx, key.repositoryId, [key.digest], at);
      await discard(tx, key, TAGS);
    }
    if (oldest.length > 0)
      await recordEvent(tx, actor, {
        accountId,
        at,
        action: 'tidegate.trash.evict',
        target: accountId,
        targetType: 'account',
        reference: oldest[0]?.digest,
        times: oldest.length,
        reason: 'the trash of the account holds more than it may; its oldest images went before their time',
      });
    return oldest.length;
  },
  { bulk: true },
);
