import { type Actor, systemActor } from '../../principal.ts';
import type { AuditEvent } from './tx.ts';

/** Who did what. */
export interface ActedEvent {
  readonly actor: Actor;
  readonly event: AuditEvent;
}

export interface BatchBounds {
  /** Different events in memory. */
  readonly all: number;
  /** Of them, those of one account: a flood in one account takes no room from the others. */
  readonly ofAccount: number;
}

interface Collected extends ActedEvent {
  times: number;
  lastAt: number;
}

const MINUTE = 60_000;

export const minuteOf = (at: number): number => Math.floor(at / MINUTE);

/**
 * Events that wait in memory for the next write. Those with the same key in the same minute are one, with their number.
 * What finds no room is not kept, and an event of its own says how many these were.
 */
export class EventBatch {
  readonly #bounds: BatchBounds;
  readonly #events = new Map<string, Collected>();
  readonly #ofAccount = new Map<string | null, number>();
  #lost = new Map<string | null, number>();

  constructor(bounds: BatchBounds) {
    this.#bounds = bounds;
  }

  get isFull(): boolean {
    return this.#events.size >= this.#bounds.all;
  }

  /** `make` is asked for the first event of a key; the batch adds how many there were. */
  add(key: string, accountId: string | null, at: number, make: () => ActedEvent): void {
    const keyInMinute = `${minuteOf(at)}|${accountId}|${key}`;
    const known = this.#events.get(keyInMinute);
    if (known) {
      known.times++;
      known.lastAt = at;
      return;
    }
    const own = this.#ofAccount.get(accountId) ?? 0;
    if (this.isFull || own >= this.#bounds.ofAccount) this.#lose(accountId, 1);
    else {
      this.#ofAccount.set(accountId, own + 1);
      this.#events.set(keyInMinute, { ...make(), times: 1, lastAt: at });
    }
  }

  /** Takes out at most `most` events of minutes that are over, or with `all` of any. `now`: for what it says of lost ones. */
  take(most: number, now: number, all: boolean): ActedEvent[] {
    const taken: ActedEvent[] = [];
    for (const [key, { actor, event, times, lastAt }] of this.#events) {
      if (taken.length >= most) return taken;
      if (!all && minuteOf(event.at) === minuteOf(now)) continue;
      this.#events.delete(key);
      this.#leave(event.accountId);
      taken.push({ actor, event: times === 1 ? event : { ...event, times, lastAt } });
    }
    const lost = [...this.#lost].map(([accountId, times]) => lostEvent(accountId, times, now));
    this.#lost = new Map();
    return [...taken, ...lost];
  }

  /** These were taken and could not be written. */
  failed(events: readonly ActedEvent[]): void {
    for (const { event } of events) this.#lose(event.accountId, event.times ?? 1);
  }

  #lose(accountId: string | null, times: number): void {
    this.#lost.set(accountId, (this.#lost.get(accountId) ?? 0) + times);
  }

  #leave(accountId: string | null): void {
    const rest = (this.#ofAccount.get(accountId) ?? 1) - 1;
    if (rest > 0) this.#ofAccount.set(accountId, rest);
    else this.#ofAccount.delete(accountId);
  }
}

const lostEvent = (accountId: string | null, times: number, at: number): ActedEvent => ({
  actor: systemActor('record-events'),
  event: {
    accountId,
    at,
    action: 'tidegate.audit.lost',
    target: accountId ?? 'installation',
    targetType: 'account',
    outcome: 'failure',
    reason: 'more different events came than memory holds, or they could not be written',
    times,
  },
});
