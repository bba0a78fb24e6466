import type { Clock } from '../../src/clock.ts';

/** A clock that stands still until a test moves it. */
export class MovableClock implements Clock {
  /** Its time, for threads that go by it. */
  readonly shared = new SharedArrayBuffer(8);
  readonly #now = new BigInt64Array(this.shared);

  constructor() {
    this.#now[0] = BigInt(Date.UTC(2026, 0, 15, 12));
  }

  now(): number {
    return Number(this.#now[0]);
  }

  /** Moves on by so many milliseconds. */
  advance(ms: number): void {
    this.#now[0] = BigInt(this.now() + ms);
  }
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
