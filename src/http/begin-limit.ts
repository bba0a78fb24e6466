import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { RegistryError } from '../errors.ts';

const WINDOW = 10 * 60_000;

/** How often one caller may begin something in ten minutes: what is begun is kept for as long. Counted by this process. */
export class BeginLimit {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #begun = new LRUCache<string, { count: number; readonly until: number }>({
    maxSize: 50_000,
    sizeCalculation: () => 1,
  });

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Counts one. Throws TOOMANYREQUESTS where the caller has no more. */
  count(caller: string): void {
    const now = this.#clock.now();
    const known = this.#begun.get(caller);
    const window = known && known.until > now ? known : { count: 0, until: now + WINDOW };
    window.count += 1;
    this.#begun.set(caller, window);
    if (window.count > this.#most)
      throw new RegistryError('TOOMANYREQUESTS', { message: 'too many in ten minutes; wait a while' });
  }
}
