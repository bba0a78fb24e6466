import { setTimeout as pause } from 'node:timers/promises';

/** Between two tries of this process, where many wait: 100 a second take an eighth of a processor. */
const GAP_MS = 10;
/** Tries that may come at once after a rest: so that what one push causes does not wait. */
const BURST = 50;

/** Lets tries go one after the other at a bounded pace: a backlog must not take the time of pushes and pulls. */
export class Pace {
  #next = 0;

  /** Answers when it is this one's turn, or at once where `signal` fires. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(this.#next, now - BURST * GAP_MS);
    this.#next = at + GAP_MS;
    if (at > now) await pause(at - now, undefined, { signal }).catch(() => undefined);
  }
}
