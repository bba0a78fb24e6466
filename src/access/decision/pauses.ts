import { setImmediate } from 'node:timers/promises';
import type { Turns } from '../../turns.ts';

/**
 * Gives others a turn whenever a piece of work has taken so many steps since the last one: half a millisecond. However many
 * requests about one account work at once, one of them goes on in each turn of the event loop.
 */
export class Pauses {
  static readonly #STEPS = 100_000;
  readonly #turns: Turns;
  readonly #accountId: string;
  #since = 0;

  constructor(turns: Turns, accountId: string) {
    this.#turns = turns;
    this.#accountId = accountId;
  }

  /** `taken`: the steps of the whole work until now. */
  after(taken: number): Promise<void> | undefined {
    if (taken - this.#since < Pauses.#STEPS) return undefined;
    this.#since = taken;
    return this.#turns.take(this.#accountId, () => setImmediate());
  }
}
