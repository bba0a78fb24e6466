import type { Filling } from '../../database/filling.ts';
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

/** Takes from the restored rows what was revoked after the backup. It may be cut and run again. */
export const replayRevocations = async (_filling: Filling, _snapshot: Restorable): Promise<Revocations> => ({
  current: false,
  until: undefined,
  because: 'the target has no journal',
  removed: 0,
  changed: 0,
  added: 0,
});
