import type { Database } from '../../database/database.ts';
import { dropPending } from '../deliveries/writes.ts';
import { hooksAfter } from '../hooks/rows.ts';

const AT_ONCE = 200;
const BECAUSE = 'the installation was restored from a backup: it may have arrived before';

/**
 * What waited when a backup was made is not sent after a restore: most of it has arrived, and what it tells may not be so any
 * more. Answers how many deliveries were dropped.
 */
export const restoreWebhooks = async (filling: Pick<Database, 'db' | 'write'>): Promise<number> => {
  let count = 0;
  for (let after = ''; ; ) {
    const hooks = await hooksAfter(filling.db, after, AT_ONCE);
    for (const { id: hookId } of hooks)
      for (let some = AT_ONCE; some === AT_ONCE; count += some)
        some = await filling.write(dropPending, { hookId, because: BECAUSE, limit: AT_ONCE });
    const last = hooks.at(-1);
    if (last === undefined || hooks.length < AT_ONCE) return count;
    after = last.id;
  }
};
