import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import { EventBatch } from './event-batch.ts';
import type { AuditEvent } from './tx.ts';
import { recordCollected } from './writes.ts';

/** Events that one write adds: it holds up every other write for so long. */
const AT_ONCE = 500;

/**
 * Events that no transaction of their own writes: refusals, and reading of the log. They are collected in memory, alike ones
 * of a minute as one, and written in batches.
 */
export class CollectedEvents {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #batch = new EventBatch({ all: 10_000, ofAccount: 1000 });

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  note(actor: Actor, event: Omit<AuditEvent, 'at'>): void {
    const at = this.#clock.now();
    const { accountId, action, target, reference, status, reason } = event;
    const { principal, credentialId } = actor;
    const key = JSON.stringify([principal, credentialId, action, target, reference, status, reason]);
    this.#batch.add(key, accountId, at, () => ({ actor, event: { ...event, at } }));
  }

  /** Writes what was collected, of the minute that is not over only with `all`. Run by a job and at the end. */
  async flush({ all = false } = {}): Promise<void> {
    const isFull = this.#batch.isFull;
    for (;;) {
      const events = this.#batch.take(AT_ONCE, this.#clock.now(), all || isFull);
      if (events.length === 0) return;
      try {
        await this.#database.write(recordCollected, events);
      } catch (error) {
        this.#batch.failed(events);
        throw error;
      }
    }
  }
}
