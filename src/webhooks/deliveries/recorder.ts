import type { Database } from '../../database/database.ts';
import { type EndedTry, endTries } from './writes.ts';

const AT_ONCE = 100;

/** Writes down what became of tries: those that end while a write is under way go into the next one together. */
export class Recorder {
  readonly #database: Database;
  #waiting: EndedTry[] = [];
  #turn: Promise<void> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Answers once it is written. */
  note(ended: EndedTry): Promise<void> {
    this.#waiting.push(ended);
    const mine = this.#turn.then(() => this.#flush(ended));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #flush(ended: EndedTry): Promise<void> {
    // it went along with another already
    if (!this.#waiting.includes(ended)) return;
    const some = this.#waiting.splice(0, AT_ONCE);
    await this.#database.write(endTries, some);
  }
}
