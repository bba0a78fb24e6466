import type { Resource } from '../../access/actions/actions.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { RefusalRow } from '../../database/quota-schema.ts';
import { accountOf, isIdentity, type Principal } from '../../principal.ts';
import { findRefusal } from './rows.ts';
import { forgetRefusals, type NewRefusal, recordRefusals } from './writes.ts';

/** A decision against somebody, as a door made it. */
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

interface Collected {
  readonly row: RefusalRow;
  readonly requestIds: string[];
  times: number;
}

const MINUTE = 60_000;
const KEPT = 7 * 24 * 60 * MINUTE;
/** Different refusals between two batches; more are dropped: a flood must fill neither memory nor disk. */
const MOST_PENDING = 1000;
/** Requests of one refusal that can be found by their id. */
const MOST_REQUESTS = 20;

/**
 * What was refused to identities and registry tokens: collected in memory, the same refusal to the same principal in
 * the same minute once, and written in batches. What nobody is refused (an anonymous challenge) is no event.
 */
export class Refusals {
  readonly #database: Database;
  readonly #clock: Clock;
  #pending = new Map<string, Collected>();
  #byRequest = new Map<string, Collected>();
  /** What a flush is writing now. */
  #leaving: ReadonlyMap<string, Collected> = new Map();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  note(refused: Refused): void {
    const { requestId, principal } = refused;
    const accountId = accountOf(principal);
    if (accountId === undefined || this.#byRequest.has(requestId)) return;
    const at = this.#clock.now();
    const key = JSON.stringify([
      Math.floor(at / MINUTE),
      principal,
      refused.action,
      refused.resource,
      refused.because,
    ]);
    const known = this.#pending.get(key);
    if (known) {
      known.times++;
      if (known.requestIds.length < MOST_REQUESTS) this.#link(known, requestId);
      return;
    }
    if (this.#pending.size >= MOST_PENDING) return;
    const collected = { row: rowOf(refused, accountId, at), requestIds: [], times: 1 };
    this.#pending.set(key, collected);
    this.#link(collected, requestId);
  }

  /** What was refused to a request of the last seven days; on another replica after its next batch. */
  async find(requestId: string): Promise<Refusal | undefined> {
    const collected = this.#byRequest.get(requestId) ?? this.#leaving.get(requestId);
    const row = collected
      ? { ...collected.row, times: collected.times }
      : await findRefusal(this.#database.db, requestId);
    return row && row.at > this.#clock.now() - KEPT ? refusalOf(row) : undefined;
  }

  /** Writes what was collected. Run by a job and at the end. */
  async flush(): Promise<void> {
    if (this.#pending.size === 0) return;
    const batch: NewRefusal[] = [...this.#pending.values()].map(({ row, requestIds, times }) => ({
      row: { ...row, times },
      requestIds,
    }));
    this.#leaving = this.#byRequest;
    this.#pending = new Map();
    this.#byRequest = new Map();
    try {
      await this.#database.write(recordRefusals, batch);
    } finally {
      this.#leaving = new Map();
    }
  }

  /** Forgets what is older than seven days, at most `limit` at a time; answers how many. */
  expire(limit: number): Promise<number> {
    return this.#database.write(forgetRefusals, { before: this.#clock.now() - KEPT, limit });
  }

  #link(collected: Collected, requestId: string): void {
    collected.requestIds.push(requestId);
    this.#byRequest.set(requestId, collected);
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
