import type { Metadata } from '../metadata/database.ts';
import { historyOf } from '../metadata/entity-history.ts';
import type { AuditEventRow } from '../metadata/schema.ts';

export type EntityEvent = AuditEventRow;

/** As much of it as an answer holds. */
const NEWEST = 100;

/** What the audit says was done to an entity of an account, newest first. */
export class EntityHistory {
  readonly #metadata: Metadata;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  of(accountId: string, id: string): Promise<EntityEvent[]> {
    return historyOf(this.#metadata.db, { accountId, target: id, limit: NEWEST });
  }
}
