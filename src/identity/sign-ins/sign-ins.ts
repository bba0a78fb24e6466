import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import type { Actor } from '../../principal.ts';
import { findSignIn, overdueSignIns } from './rows.ts';
import { type SignIn, signInOfRow } from './sign-in.ts';
import { endSignIn, removeSignIns } from './writes.ts';

const CACHED = 50_000;

/** Sign-ins of people at their providers. */
export class SignIns {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #signIns: LiveCache<SignIn>;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#signIns = new LiveCache(database, ['sign-in'], CACHED);
  }

  find(id: string): Promise<SignIn | undefined> {
    return this.#signIns.get(id, async () => {
      const row = await findSignIn(this.#database.db, id);
      return row && signInOfRow(row);
    });
  }

  /** A person signs out here. False where the sign-in is over already. */
  end(id: string, accountId: string, actor: Actor): Promise<boolean> {
    return this.#database.write(endSignIn, { id, accountId, at: this.#clock.now(), actor });
  }

  /** Removes those that nothing lasts in any more, `limit` at most; how many it removed. */
  async expire(limit: number): Promise<number> {
    const ids = await overdueSignIns(this.#database.db, this.#clock.now(), limit);
    if (ids.length > 0) await this.#database.write(removeSignIns, { ids });
    return ids.length;
  }
}
