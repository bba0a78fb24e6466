import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { accountToRemove } from '../../identity/tx.ts';
import { systemActor } from '../../principal.ts';
import type { Leases } from '../leases/leases.ts';
import { clearAccount } from './writes.ts';

/** The lease's name: one replica clears at a time. */
const CLEARING = 'clear-removed-accounts';

/** Accounts whose time is over, cleared away a piece at a time while everything else goes on. */
export class RemovedAccounts {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #leases: Leases;

  constructor(database: Database, clock: Clock, leases: Leases) {
    this.#database = database;
    this.#clock = clock;
    this.#leases = leases;
  }

  /** Clears until nothing is left that can go, it is stopped, or another replica does it. */
  async run(signal: AbortSignal): Promise<void> {
    const at = this.#clock.now();
    if (!(await accountToRemove(this.#database.db, at))) return;
    const lease = await this.#leases.take(CLEARING, { early: true });
    if (!lease) return;
    const actor = systemActor(CLEARING);
    try {
      const stop = AbortSignal.any([signal, lease.lost]);
      while (!stop.aborted && (await this.#database.write(clearAccount, { at, actor })) === 'piece')
        await turnOfLoop();
    } finally {
      await lease.release(undefined);
    }
  }
}
