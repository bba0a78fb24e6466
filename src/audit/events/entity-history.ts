import type { Database } from '../../database/database.ts';
import type { AuditEventRow } from '../../database/schema.ts';
import { historyOf } from './rows.ts';

export type EntityEvent = AuditEventRow;

/** As much of it as an answer holds. */
const NEWEST = 100;

/** What the audit says was done to an entity of an account, newest first. */
export class EntityHistory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  of(accountId: string, id: string): Promise<EntityEvent[]> {
    return historyOf(this.#database.db, { accountId, target: id, limit: NEWEST });
  }
}
