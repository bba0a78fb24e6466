import type { AuditEvent } from '../../audit/events/tx.ts';
import type { Actor } from '../../principal.ts';
import type { NewCount, NewPulls } from './writes.ts';

/** Different events and counts that wait in memory. A flood must not fill it, so more are dropped and counted. */
const MOST = 20_000;

interface Collected {
  readonly actor: Actor;
  readonly event: AuditEvent;
  times: number;
  lastAt: number;
}

/** Pulls since the last write, in memory. */
export class PullBatch {
  #events = new Map<string, Collected>();
  #counts = new Map<string, NewCount>();
  #dropped = 0;

  get isFull(): boolean {
    return this.#events.size >= MOST || this.#counts.size >= MOST;
  }

  /** A write of these failed: the counts come back, the events are told as dropped. */
  failed({ events, counts }: NewPulls): void {
    this.#dropped += events.length;
    for (const count of counts) this.addCount(count);
  }

  /** How many events were dropped since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** Events with the same key are one; `make` is asked for the first. */
  addEvent(key: string, at: number, make: () => { actor: Actor; event: AuditEvent }): void {
    const known = this.#events.get(key);
    if (known) {
      known.times++;
      known.lastAt = at;
    } else if (this.#events.size >= MOST) this.#dropped++;
    else this.#events.set(key, { ...make(), times: 1, lastAt: at });
  }

  addCount(count: NewCount): void {
    const { from, kind, reference, day } = count;
    const key = `${from.regionId}/${from.namespaceId}/${from.name}/${kind}/${reference}/${day}`;
    const known = this.#counts.get(key);
    if (!known && this.#counts.size >= MOST) return;
    this.#counts.set(key, known ? { ...count, count: known.count + count.count } : count);
  }

  /** Takes out at most `most` counts and as many events whose minute is over; undefined when there is nothing. */
  take(most: number, isOver: (event: AuditEvent) => boolean): NewPulls | undefined {
    const events: { actor: Actor; event: AuditEvent }[] = [];
    for (const [key, { actor, event, times, lastAt }] of this.#events) {
      if (events.length >= most) break;
      if (!isOver(event)) continue;
      this.#events.delete(key);
      events.push({ actor, event: times === 1 ? event : { ...event, times, lastAt } });
    }
    const counts: NewCount[] = [];
    for (const [key, count] of this.#counts) {
      if (counts.length >= most) break;
      this.#counts.delete(key);
      counts.push(count);
    }
    return events.length + counts.length === 0 ? undefined : { events, counts };
  }
}
