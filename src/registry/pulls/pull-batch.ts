import { type ActedEvent, EventBatch } from '../../audit/events/room.ts';
import type { NewCount, NewPulls } from './writes.ts';

/** Different events and counts that wait in memory: a flood must not fill it. */
const MOST = 20_000;

type Counted = { -readonly [Name in keyof NewCount]: NewCount[Name] };

/** Pulls since the last write, in memory: their events, and their counts. */
export class PullBatch {
  readonly #events = new EventBatch({ all: MOST, ofAccount: MOST / 2 });
  readonly #counts = new Map<string, Counted>();

  get isFull(): boolean {
    return this.#events.isFull || this.#counts.size >= MOST;
  }

  addEvent(key: string, accountId: string, at: number, make: () => ActedEvent): void {
    this.#events.add(key, accountId, at, make);
  }

  addCount(count: NewCount): void {
    const { from, kind, reference, day } = count;
    const key = `${from.regionId}/${from.namespaceId}/${from.name}/${kind}/${reference}/${day}`;
    const known = this.#counts.get(key);
    if (known) {
      known.count += count.count;
      // what comes back from a write that failed is older
      if (count.last_at < known.last_at) return;
      known.last_at = count.last_at;
      known.last_principal = count.last_principal;
    } else if (this.#counts.size < MOST) this.#counts.set(key, { ...count });
  }

  /** Takes out at most `most` counts and as many events; undefined when there is nothing. */
  take(most: number, now: number, all: boolean): NewPulls | undefined {
    const events = this.#events.take(most, now, all);
    const counts: NewCount[] = [];
    for (const [key, count] of this.#counts) {
      if (counts.length >= most) break;
      this.#counts.delete(key);
      counts.push(count);
    }
    return events.length + counts.length === 0 ? undefined : { events, counts };
  }

  /** A write of these failed: the counts come back, the events are told as lost. */
  failed({ events, counts }: NewPulls): void {
    this.#events.failed(events);
    for (const count of counts) this.addCount(count);
  }
}
