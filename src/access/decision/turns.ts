import { setImmediate } from 'node:timers/promises';

/**
 * Decisions that take long, one after the other within an account, each in a turn of the event loop of its own. They
 * wait for each other and not for anything else; decisions that take little never wait.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Works after all that came before in the account. */
  async take<Answer>(accountId: string, work: () => Promise<Answer>): Promise<Answer> {
    const before = this.#last.get(accountId);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    this.#last.set(accountId, over);
    try {
      await before;
      return await work();
    } finally {
      void setImmediate().then(() => {
        if (this.#last.get(accountId) === over) this.#last.delete(accountId);
        resolve();
      });
    }
  }
}

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
