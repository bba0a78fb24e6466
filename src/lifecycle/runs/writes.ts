import { type AuditEvent, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import { type CollectionRun, columnsOfTally, rowOfRun, type Tally } from './collection-run.ts';
import {
  deleteCollectionRunsBefore,
  endCollectionRuns,
  insertCollectionRun,
  updateCollectionRun,
} from './rows.ts';

/** Begins a run, and forgets those that began before `forgetBefore`. */
export const beginRun = defineWrite(
  'lifecycle.run.begin',
  async (
    tx: Tx,
    {
      run,
      forgetBefore,
      event,
    }: {
      run: CollectionRun;
      forgetBefore: number;
      event: (AuditEvent & { actor: Actor }) | undefined;
    },
  ): Promise<void> => {
    await deleteCollectionRunsBefore(tx, forgetBefore);
    await endCollectionRuns(tx, forgetBefore, 'its server ended');
    await insertCollectionRun(tx, rowOfRun(run));
    if (event) await recordEvent(tx, event.actor, event);
  },
);

/** How a run ended. */
export interface RunEnd {
  readonly outcome: CollectionRun['outcome'];
  readonly reason: string | undefined;
  readonly finishedAt: number;
}

/** Writes down how far a run is, and at its end how it ended. */
export const updateRun = defineWrite(
  'lifecycle.run.update',
  async (tx: Tx, { id, tally, end }: { id: string; tally: Tally; end?: RunEnd }): Promise<void> =>
    updateCollectionRun(tx, id, {
      ...columnsOfTally(tally),
      ...(end && { outcome: end.outcome, reason: end.reason ?? null, finished_at: end.finishedAt }),
    }),
);
