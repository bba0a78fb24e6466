import type { ReadStatement } from '../../src/database/database.ts';

/** How often a piece of work is done to know what it reads itself. */
const TIMES = 8;

/** The statements that the main thread of a server reads with. Give `note` to the server as `onRead`. */
export class StatementLog {
  readonly #texts: string[] = [];

  readonly note = ({ text }: ReadStatement): void => void this.#texts.push(text);

  /**
   * The statements of a piece of work: the fewest of several times, since jobs of the server read beside it now and then,
   * and a change feed that is late has rights read anew.
   */
  async fewest(work: () => Promise<unknown>): Promise<readonly string[]> {
    let fewest: readonly string[] | undefined;
    for (let time = 0; time < TIMES; time++) {
      const before = this.#texts.length;
      await work();
      const read = this.#texts.slice(before);
      if (fewest === undefined || read.length < fewest.length) fewest = read;
    }
    return fewest ?? [];
  }
}
