import { setImmediate } from 'node:timers/promises';

/** Gives the event loop a turn whenever a piece of work has taken so many steps since the last one: half a millisecond. */
export class Pauses {
  static readonly #STEPS = 100_000;
  #since = 0;

  async after(taken: number): Promise<void> {
    if (taken - this.#since < Pauses.#STEPS) return;
    this.#since = taken;
    await setImmediate();
  }
}
