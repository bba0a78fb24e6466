import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import { findRemovedNamespace } from '../../tenancy/tx.ts';
import type { Leases } from '../leases/leases.ts';
import { clearRemovedNamespace } from './writes.ts';

/** The lease's name: one replica clears at a time. */
const CLEARING = 'clear-removed-namespaces';

/** What is left of removed namespaces, cleared away a piece at a time while everything else goes on. */
export class RemovedNamespaces {
  readonly #database: Database;
  readonly #leases: Leases;

  constructor(database: Database, leases: Leases) {
    this.#database = database;
    this.#leases = leases;
  }

  /** Clears until nothing is left, it is stopped, or another replica does it. A run that was cut goes on with the next. */
  async run(signal: AbortSignal): Promise<void> {
    if (!(await findRemovedNamespace(this.#database.db))) return;
    const lease = await this.#leases.take(CLEARING, { early: true });
    if (!lease) return;
    try {
      const stop = AbortSignal.any([signal, lease.lost]);
      while (!stop.aborted && (await this.#database.write(clearRemovedNamespace, undefined)))
        await turnOfLoop();
    } finally {
      await lease.release(undefined);
    }
  }
}
