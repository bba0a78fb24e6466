/** How long bulk work waits while other writes keep coming. Then one piece of it has its turn. */
const PATIENCE_MS = 1000;

/**
 * The order in which SQLite's only writer takes what waits: all that is not bulk work first, in the order it came, and
 * bulk work when nothing else waits, or has waited long enough.
 */
export class WriteQueue<Request> {
  readonly #urgent: Request[] = [];
  readonly #bulk: Request[] = [];
  /** Since when the first piece of bulk work waits for its turn. */
  #bulkWaitsSince = 0;

  get isEmpty(): boolean {
    return this.#urgent.length === 0 && this.#bulk.length === 0;
  }

  /** `now`: milliseconds, of any clock that does not go back. */
  add(request: Request, isBulk: boolean, now: number): void {
    if (isBulk && this.#bulk.length === 0) this.#bulkWaitsSince = now;
    (isBulk ? this.#bulk : this.#urgent).push(request);
  }

  /** What runs next, as one transaction: up to `limit` writes, or one piece of bulk work. Empty when nothing waits. */
  next(limit: number, now: number): Request[] {
    const isDue = this.#bulk.length > 0 && now - this.#bulkWaitsSince >= PATIENCE_MS;
    if (this.#urgent.length > 0 && !isDue) return this.#urgent.splice(0, limit);
    this.#bulkWaitsSince = now;
    return this.#bulk.splice(0, 1);
  }

  /** Takes back what `next` gave and had no time for; it is the first of the next turn. */
  putBack(requests: readonly Request[]): void {
    this.#urgent.unshift(...requests);
  }
}
