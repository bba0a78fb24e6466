import { setImmediate } from 'node:timers/promises';

/** About half a millisecond. */
const STEPS_PER_TURN = 100_000;

/**
 * Gives the event loop a turn whenever decisions have taken so many steps since the last one. So a list that is decided
 * entry by entry, or many requests at once, never hold up everything else.
 */
export class Pace {
  #steps = 0;
  #turn: Promise<void> | undefined;

  /** What the next decision has to wait for; undefined: nothing. To be asked again after waiting. */
  get turn(): Promise<void> | undefined {
    return this.#turn;
  }

  took(steps: number): void {
    this.#steps += steps;
    if (this.#steps < STEPS_PER_TURN || this.#turn) return;
    this.#turn = setImmediate().then(() => {
      this.#steps = 0;
      this.#turn = undefined;
    });
  }
}
