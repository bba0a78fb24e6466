import type { Resource } from '../../access/room.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { RefusalRow } from '../../database/quota-schema.ts';
import { accountOf, isIdentity, type Principal } from '../../principal.ts';
import { RefusalBatch } from './batch.ts';
import { findRefusal } from './rows.ts';
import { forgetRefusals, recordRefusals } from './writes.ts';

/** A decision against a principal, as a door made it. */
export interface Refused {
  readonly requestId: string;
  readonly principal: Principal;
  readonly action: string;
  /** What it was asked on. `exists` is false where the principal's account has no such thing. */
  readonly resource: Resource;
  readonly exists: boolean;
  readonly because: string;
}

/** A refusal as it is told again. */
export interface Refusal {
  readonly principal: Principal & { readonly accountId: string };
  readonly action: string;
  readonly resource: Resource;
  readonly exists: boolean;
  readonly because: string;
  /** Epoch milliseconds of the first of its minute. */
  readonly at: number;
  /** How often the same was refused to the same principal in that minute. */
  readonly times: number;
}

const MINUTE = 60_000;
const KEPT = 7 * 24 * 60 * MINUTE;

/**
 * What was refused to identities and registry tokens. It is collected in memory, where the same refusal to the same
 * principal in the same minute is one, and written in batches. An anonymous challenge is no refusal.
 */
export class Refusals {
  readonly #database: Database;
  readonly #clock: Clock;
  #collected = new RefusalBatch();
  /** What a flush is writing now. */
  #leaving = new RefusalBatch();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  note(refused: Refused): void {
    const { requestId, principal } = refused;
    const accountId = accountOf(principal);
    if (accountId === undefined || this.#collected.has(requestId)) return;
    const at = this.#clock.now();
    const key = JSON.stringify([
      Math.floor(at / MINUTE),
      principal,
      refused.action,
      refused.resource,
      refused.because,
    ]);
    this.#collected.add(key, requestId, () => rowOf(refused, accountId, at));
  }

  /** What was refused to a request of the last seven days; on another replica after its next batch. */
  async find(requestId: string): Promise<Refusal | undefined> {
    const row =
      this.#collected.find(requestId) ??
      this.#leaving.find(requestId) ??
      (await findRefusal(this.#database.db, requestId));
    return row && row.at > this.#clock.now() - KEPT ? refusalOf(row) : undefined;
  }

  /** Writes what was collected. Run by a job and at the end. */
  async flush(): Promise<void> {
    if (this.#collected.isEmpty) return;
    this.#leaving = this.#collected;
    this.#collected = new RefusalBatch();
    try {
      await this.#database.write(recordRefusals, this.#leaving.rows());
    } finally {
      this.#leaving = new RefusalBatch();
    }
  }

  /** Forgets what is older than seven days, at most `limit` at a time; answers how many. */
  expire(limit: number): Promise<number> {
    return this.#database.write(forgetRefusals, { before: this.#clock.now() - KEPT, limit });
  }
}

const rowOf = (refused: Refused, accountId: string, at: number): RefusalRow => {
  const { requestId, principal, action, resource, exists, because } = refused;
  return {
    id: requestId,
    account_id: accountId,
    principal_kind: isIdentity(principal) ? principal.kind : 'registry-token',
    principal_id: isIdentity(principal) ? principal.iamId : 'id' in principal ? principal.id : '',
    action,
    resource: JSON.stringify(resource),
    exists_here: exists ? 1 : 0,
    because,
    at,
    times: 1,
  };
};

const refusalOf = (row: RefusalRow): Refusal => {
  const { account_id: accountId, principal_kind: kind, principal_id: id } = row;
  return {
    principal: kind === 'registry-token' ? { kind, id, accountId } : { kind, iamId: id, accountId },
    action: row.action,
    resource: JSON.parse(row.resource) as Resource,
    exists: row.exists_here === 1,
    because: row.because,
    at: row.at,
    times: row.times,
  };
};
