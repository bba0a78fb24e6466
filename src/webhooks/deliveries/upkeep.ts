import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { untilDone } from '../../job.ts';
import { hooksAfter } from '../hooks/rows.ts';
import { clearHook } from '../hooks/writes.ts';
import { dropPending, forgetDeliveries } from './writes.ts';

const AT_ONCE = 200;
const HOOKS = 200;
/** How long the log of deliveries goes back. */
const KEPT = 30 * 24 * 3_600_000;
const OFF = 'the webhook was switched off';

/** Deletes what removed hooks leave and what is older than the log goes back; drops what waits for hooks that are off. */
export const upkeep = async (
  { database, clock }: { database: Database; clock: Clock },
  signal: AbortSignal,
): Promise<void> => {
  for (let after = ''; !signal.aborted; ) {
    const hooks = await hooksAfter(database.db, after, HOOKS);
    for (const { id, enabled, removed_at } of hooks) {
      if (removed_at !== null)
        while (!signal.aborted && !(await database.write(clearHook, { id, limit: AT_ONCE })))
          await turnOfLoop();
      else if (enabled === 0)
        await untilDone(AT_ONCE, (limit) => database.write(dropPending, { hookId: id, because: OFF, limit }))(
          signal,
        );
    }
    const last = hooks.at(-1);
    if (last === undefined || hooks.length < HOOKS) break;
    after = last.id;
    await turnOfLoop();
  }
  const before = clock.now() - KEPT;
  await untilDone(AT_ONCE, (limit) => database.write(forgetDeliveries, { before, limit }))(signal);
};
