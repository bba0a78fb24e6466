import { setImmediate } from 'node:timers/promises';

/**
 * Work that takes long, one piece after the other for each who asks for it, and each in a turn of the event loop of its
 * own. Pieces wait for those of the same account or network and not for anything else; what takes little is not brought
 * here, and never waits.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Works after all that came before under this name. */
  async take<Answer>(name: string, work: () => Promise<Answer>): Promise<Answer> {
    const before = this.#last.get(name);
    const { promise: over, resolve } = Promise.withResolvers<void>();
    this.#last.set(name, over);
    try {
      await before;
      return await work();
    } finally {
      void setImmediate().then(() => {
        if (this.#last.get(name) === over) this.#last.delete(name);
        resolve();
      });
    }
  }
}
