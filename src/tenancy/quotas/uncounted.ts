import { LRUCache } from 'lru-cache';

interface Place {
  readonly accountId: string;
  readonly regionId: string;
}

/** How long bytes count, milliseconds: as long as collection leaves by default what nothing refers to. */
const KEPT = 24 * 3_600_000;
/** Bytes of one hour are one number. */
const HOUR = 3_600_000;
/** Accounts whose bytes are known. */
const MOST = 10_000;

/**
 * Bytes that an account had this process store for it, and that its counters do not have. They count for a day and are kept in
 * memory alone: a restart forgets them, and replicas do not tell each other.
 */
export class Uncounted {
  readonly #places = new LRUCache<string, Map<number, number>>({ max: MOST });

  add(place: Place, bytes: number, at: number): void {
    const hours = this.#places.get(keyOf(place)) ?? new Map<number, number>();
    const hour = Math.floor(at / HOUR);
    hours.set(hour, (hours.get(hour) ?? 0) + bytes);
    this.#places.set(keyOf(place), hours);
  }

  of(place: Place, at: number): number {
    const hours = this.#places.get(keyOf(place)) ?? new Map<number, number>();
    let sum = 0;
    for (const [hour, bytes] of hours)
      if ((hour + 1) * HOUR + KEPT <= at) hours.delete(hour);
      else sum += bytes;
    return sum;
  }
}

const keyOf = ({ accountId, regionId }: Place): string => `${accountId}/${regionId}`;
