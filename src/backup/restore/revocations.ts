import type { Filling } from '../../database/filling.ts';
import type { JournalKey } from '../journal/objects.ts';
import { journalState } from '../journal/reading.ts';
import { replay } from '../journal/replay.ts';
import type { Restorable } from './restorable.ts';

/** What the journal told, and how far it can be relied on. */
export interface Revocations {
  /** It tells everything that was revoked after the snapshot. */
  readonly current: boolean;
  /** Until when it tells everything, epoch milliseconds. */
  readonly until: number | undefined;
  /** Why it is not current. */
  readonly because: string | undefined;
  readonly removed: number;
  readonly changed: number;
  readonly added: number;
}

/**
 * Takes from the restored rows what was revoked after the backup, also by a journal that is not current: what it tells was
 * revoked. It may be cut and run again; so where the backup stands in the journal is read from its manifest, and not
 * from the rows, in which the journal begins anew afterwards.
 */
export const replayRevocations = async (
  filling: Filling,
  snapshot: Restorable,
  key: JournalKey,
  now: number,
): Promise<Revocations> => {
  const { target, at, newest, journal: position } = snapshot;
  const coverage = await journalState({ target, key }, { position, at }, newest, now);
  const { removed, changed, added } = await replay(filling, { target, key }, { snapshotAt: at });
  return { ...coverage, removed, changed, added };
};
