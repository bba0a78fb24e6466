import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import * as trash from './rows.ts';

/** Entries whose time one transaction ends. */
const ENTRIES_AT_ONCE = 200;

/** Ends the time of some of a namespace's trash; answers how many, 0 when there is nothing left. */
export const emptyTrash = defineWrite(
  'registry.trash.empty',
  async (
    tx: Tx,
    { namespace, at, actor }: { namespace: EmptiedNamespace; at: number; actor: Actor },
  ): Promise<number> => {
    const some = await trash.trashOfNamespace(tx.db, {
      namespaceId: namespace.id,
      after: { repositoryId: '', digest: '' },
      at,
      limit: ENTRIES_AT_ONCE,
    });
    if (some.length === 0) return 0;
    for (const [repositoryId, entries] of Map.groupBy(some, (entry) => entry.repositoryId))
      await trash.endTrash(
        tx,
        repositoryId,
        entries.map(({ digest }) => digest),
        at,
      );
    await recordEvent(tx, actor, {
      accountId: namespace.accountId,
      at,
      action: 'container-registry.trash.empty',
      target: namespace.id,
      targetName: namespace.name,
      targetType: 'namespace',
      times: some.length,
    });
    return some.length;
  },
  { bulk: true },
);

export interface EmptiedNamespace {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
}
