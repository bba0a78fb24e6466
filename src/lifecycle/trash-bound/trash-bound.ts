import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { pages } from '../../database/windows.ts';
import { systemActor } from '../../principal.ts';
import type { Quotas, Stored } from '../../tenancy/room.ts';
import { type AccountTrash, trashOfAccounts } from './rows.ts';
import { evictTrash } from './writes.ts';

export interface TrashBoundParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly quotas: Quotas;
  readonly stored: Stored;
  /** Bytes that the trash of an account without a quota may hold. */
  readonly limit: number;
}

const PAGE = 100;

/** Keeps each account's trash within its quota, or within the setting where it has none: the oldest images go early. */
export class TrashBound {
  readonly #parts: TrashBoundParts;

  constructor(parts: TrashBoundParts) {
    this.#parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { database } = this.#parts;
    const accounts = pages<AccountTrash>(PAGE, (last) =>
      trashOfAccounts(database.db, last ?? { accountId: '', regionId: '' }, PAGE),
    );
    for await (const page of accounts)
      for (const account of page)
        if (account.bytes > 0 && !signal.aborted) await this.#bound(account, signal);
  }

  async #bound(account: AccountTrash, signal: AbortSignal): Promise<void> {
    const { database, clock, quotas, stored, limit } = this.#parts;
    const most = (await quotas.limits(account)).storage ?? limit;
    for (let { bytes } = account; bytes > most && !signal.aborted; ) {
      const { accountId, regionId } = account;
      const actor = systemActor('bound-trash');
      const evicted = await database.write(evictTrash, { accountId, regionId, at: clock.now(), actor });
      if (evicted === 0) return;
      await turnOfLoop();
      bytes = (await stored.ofAccount(account)).trash;
    }
  }
}
