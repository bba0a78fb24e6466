import type { Clock } from '../../../clock.ts';
import type { Database } from '../../../database/database.ts';
import { RegistryError } from '../../../errors.ts';
import { maskSecrets } from '../../../observe/mask.ts';
import type { Actor } from '../../../principal.ts';
import { AFTER_LIFTING, findHold } from './rows.ts';
import { liftHold, setHold } from './writes.ts';

/** A hold on the events of an account: retention leaves them. */
export interface EventHold {
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly setAt: number;
  readonly setBy: string;
  /** Where it was lifted: when it ceases to count. */
  readonly until: number | undefined;
}

/**
 * An account's Administrator sets a hold, only the operator lifts it, and then it counts for seven days more: who has stolen the
 * key of an Administrator cannot make traces disappear, and who has stolen an operator's cannot do so unseen.
 */
export class EventHolds {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async find(accountId: string): Promise<EventHold | undefined> {
    const row = await findHold(this.#database.db, accountId);
    if (!row) return undefined;
    const until = row.lifted_at === null ? undefined : row.lifted_at + AFTER_LIFTING;
    if (until !== undefined && until <= this.#clock.now()) return undefined;
    return { reason: row.reason, setAt: row.set_at, setBy: row.set_by, until };
  }

  async set(accountId: string, reason: string, actor: Actor): Promise<void> {
    const row = {
      account_id: accountId,
      reason: maskSecrets(reason),
      set_at: this.#clock.now(),
      set_by: actor.principal,
      lifted_at: null,
      lifted_by: null,
    };
    await this.#database.write(setHold, { row, actor });
  }

  async lift(accountId: string, actor: Actor): Promise<void> {
    const input = { accountId, at: this.#clock.now(), by: actor.principal, actor };
    if (await this.#database.write(liftHold, input)) return;
    throw new RegistryError('NOT_FOUND', { message: 'the events of this account are not held' });
  }
}
