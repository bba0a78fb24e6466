import type { RefusalRow } from '../../database/quota-schema.ts';
import type { NewRefusal } from './writes.ts';

/** Different refusals between two writes. A flood must fill neither memory nor disk, so more are dropped. */
const MOST_REFUSALS = 1000;
/** Requests of one refusal that can be found by their id. */
const MOST_REQUESTS = 20;

interface Collected {
  readonly key: string;
  readonly row: RefusalRow;
  readonly requestIds: string[];
  times: number;
}

/**
 * What was refused since the last write, in memory. Accounts share the room in it: when it is full, a refusal of an
 * account that has fewer takes the place of the latest one of the account that has the most.
 */
export class RefusalBatch {
  readonly #byKey = new Map<string, Collected>();
  readonly #byRequest = new Map<string, Collected>();
  /** In the order in which they came. */
  readonly #ofAccount = new Map<string, Collected[]>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  has(requestId: string): boolean {
    return this.#byRequest.has(requestId);
  }

  /** The refusal of a request with how often it was repeated, as far as it is known. */
  find(requestId: string): RefusalRow | undefined {
    const collected = this.#byRequest.get(requestId);
    return collected && { ...collected.row, times: collected.times };
  }

  /** Refusals with the same key are one. Dropped where there is no room for it. */
  add(key: string, requestId: string, row: () => RefusalRow): void {
    const known = this.#byKey.get(key);
    if (known) {
      known.times++;
      if (known.requestIds.length < MOST_REQUESTS) this.#link(known, requestId);
      return;
    }
    const collected: Collected = { key, row: row(), requestIds: [], times: 1 };
    const { account_id: accountId } = collected.row;
    const own = this.#ofAccount.get(accountId) ?? [];
    if (this.#byKey.size >= MOST_REFUSALS && !this.#makeRoom(own.length)) return;
    own.push(collected);
    this.#ofAccount.set(accountId, own);
    this.#byKey.set(key, collected);
    this.#link(collected, requestId);
  }

  rows(): NewRefusal[] {
    return [...this.#byKey.values()].map(({ row, requestIds, times }) => ({
      row: { ...row, times },
      requestIds,
    }));
  }

  #link(collected: Collected, requestId: string): void {
    collected.requestIds.push(requestId);
    this.#byRequest.set(requestId, collected);
  }

  /** Drops one refusal of the account with the most; false where no account has more than `own` and one. */
  #makeRoom(own: number): boolean {
    let largest: Collected[] = [];
    for (const each of this.#ofAccount.values()) if (each.length > largest.length) largest = each;
    if (largest.length <= own + 1) return false;
    const dropped = largest.pop();
    if (!dropped) return false;
    this.#byKey.delete(dropped.key);
    for (const requestId of dropped.requestIds) this.#byRequest.delete(requestId);
    return true;
  }
}
