import { defineWrite, type Tx } from '../../database/database.ts';
import { findRepository } from '../repositories/rows.ts';
import { noteNameKeys } from '../tags/rows.ts';
import * as activity from './rows.ts';

/** A repository by its name, in the namespace that the door decided on. */
export interface ActiveRepository {
  readonly regionId: string;
  readonly namespaceId: string;
  readonly name: string;
}

export interface NewActivity extends ActiveRepository {
  readonly pushedAt: number | undefined;
  readonly pulledAt: number | undefined;
}

/** Writes when repositories were last pushed to and pulled from; not of those that are gone meanwhile. */
export const recordActivity = defineWrite(
  'registry.activity.record',
  async (tx: Tx, active: readonly NewActivity[]): Promise<void> => {
    for (const each of active) {
      const found = await findRepository(tx.db, each.regionId, each.name);
      if (found?.namespaceId === each.namespaceId) await activity.noteActivity(tx, found.id, each);
    }
  },
  { relaxed: true, bulk: true },
);

/** Tags that one write gives their key. */
export const KEYS_AT_ONCE = 200;

/** Gives a repository what its lists are ordered by; answers how many tags got their key, to be called until that is less. */
export const fillListing = defineWrite(
  'registry.activity.fill',
  async (
    tx: Tx,
    input: { id: string; namespaceId: string; pushedAt: number; pulledAt: number | undefined },
  ): Promise<number> => {
    await activity.insertActivity(tx, {
      repository_id: input.id,
      namespace_id: input.namespaceId,
      pushed_at: input.pushedAt,
      pulled_at: input.pulledAt ?? null,
    });
    return noteNameKeys(tx, input.id, KEYS_AT_ONCE);
  },
  { bulk: true },
);
