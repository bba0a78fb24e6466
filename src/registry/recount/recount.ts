import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { USAGE_COUNTED } from '../../database/contractions.ts';
import type { Database } from '../../database/database.ts';
import { rememberInstallation } from '../../database/installation.ts';
import type { Stored } from '../../tenancy/room.ts';
import { repositoryBehind } from './rows.ts';
import { countSomeLinks, countSomeManifests } from './writes.ts';

/**
 * After an upgrade: counts what was stored before there were counters, a piece at a time, while pushes and deletions that
 * count themselves go on. Each piece counts what is not counted yet, so a run that was cut begins anew without harm.
 */
export class Recount {
  readonly #database: Database;
  readonly #stored: Stored;

  constructor(database: Database, stored: Stored) {
    this.#database = database;
    this.#stored = stored;
  }

  async run(signal: AbortSignal): Promise<void> {
    if (await this.#stored.isCounted()) return;
    // before that nothing is counted: a replica of the version before would change it uncounted
    if (!(await this.#database.finishUpgrade())) return;
    const { db } = this.#database;
    for (let id = await repositoryBehind(db, ''); id !== undefined; id = await repositoryBehind(db, id)) {
      await this.#repository(id, signal);
      if (signal.aborted) return;
    }
    await this.#database.write(rememberInstallation, { name: USAGE_COUNTED, value: 'after an upgrade' });
  }

  async #repository(repositoryId: string, signal: AbortSignal): Promise<void> {
    for (let after: string | undefined = ''; after !== undefined && !signal.aborted; ) {
      after = await this.#database.write(countSomeLinks, { repositoryId, after });
      await turnOfLoop();
    }
    while (!signal.aborted && (await this.#database.write(countSomeManifests, { repositoryId })))
      await turnOfLoop();
  }
}
