import { setImmediate } from 'node:timers/promises';

/** Bytes of a manifest or a config above which it takes milliseconds to read, look through, store or send; most have some thousands. */
export const LARGE = 64 << 10;

/**
 * Work that takes long, one piece after the other for each who asks for it, and each in a turn of the event loop of its
 * own. Pieces wait for those of the same account or network and not for anything else; what takes little is not brought
 * here, and never waits.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Works on content of so many bytes: on what is large in a turn, on what is not at once. */
  async forBytes<Answer>(name: string, bytes: number, work: () => Promise<Answer>): Promise<Answer> {
    return bytes > LARGE ? this.take(name, work) : work();
  }

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
