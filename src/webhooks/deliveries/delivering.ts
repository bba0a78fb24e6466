import { setTimeout as pause } from 'node:timers/promises';
import type { Leases } from '../../lifecycle/room.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { DELIVERING, type Lanes } from './lanes.ts';

export interface DeliveringParts {
  readonly leases: Leases;
  readonly outbox: Outbox;
  readonly lanes: Lanes;
}

/** How often it is looked for something new while this replica delivers. */
const TICK = 500;
/** After so many looks that found nothing the lease is let go, and after so many at all: another replica may have it. */
const IDLE_TICKS = 20;
const MOST_TICKS = 600;
/** How long it is waited for the last tries: twice what one may take. */
const ENDING = 30_000;

/**
 * Delivers while there is something to deliver. One replica at a time does it for all hooks, under a lease: so each hook has
 * one lane. Where there is nothing to do, this costs a few reads.
 */
export const deliver = async (
  { leases, outbox, lanes }: DeliveringParts,
  signal: AbortSignal,
): Promise<void> => {
  if (!(await outbox.hasNew()) && !(await lanes.hasDue())) return;
  const lease = await leases.take(DELIVERING, { early: true });
  if (!lease) return;
  const stopped = AbortSignal.any([signal, lease.lost]);
  const last = new AbortController();
  const signals = { stopped, ending: AbortSignal.any([stopped, last.signal]) };
  try {
    for (let tick = 0, idle = 0; tick < MOST_TICKS && idle < IDLE_TICKS && !stopped.aborted; tick++) {
      const isNew = await outbox.hasNew();
      if (isNew) await outbox.handOut(stopped);
      await lanes.begin(signals);
      idle = isNew || !lanes.areIdle ? 0 : idle + 1;
      await pause(TICK, undefined, { signal: stopped }).catch(() => undefined);
    }
  } finally {
    last.abort();
    // also where a lane does not end: the other hooks go on, here or on another replica
    await lanes.ended(ENDING).finally(() => lease.release(undefined));
  }
};
