import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { expiredTrash } from './rows.ts';
import { clearExpiredTrash } from './writes.ts';

/** Clears out of the trash what cannot be restored any more. Collection takes the bytes that nothing else holds. */
export class ExpiredTrash {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async run(signal: AbortSignal): Promise<void> {
    const at = this.#clock.now();
    if ((await expiredTrash(this.#database.db, at, 1)).length === 0) return;
    while (!signal.aborted && (await this.#database.write(clearExpiredTrash, { at }))) await turnOfLoop();
  }
}
