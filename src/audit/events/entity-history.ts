import type { AuditEventRow } from '../../database/audit-schema.ts';
import type { Database } from '../../database/database.ts';
import { historyOf } from './rows.ts';

/** What was done to an entity. */
export interface EntityEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly action: string;
  readonly outcome: 'success' | 'failure';
  /** `<kind>:<account>/<id>`, as `Actor.principal` has it. */
  readonly principal: string;
  readonly reason: string | undefined;
}

/** The most events of one entity that an answer holds, and that a list holds of each. */
const NEWEST = { alone: 100, listed: 10 };

export class EntityHistory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** What was done to an entity of an account, newest first; in a list less of it, since there it is one of a hundred. */
  async of(accountId: string, id: string, where: keyof typeof NEWEST = 'alone'): Promise<EntityEvent[]> {
    const rows = await historyOf(this.#database.db, { accountId, target: id, limit: NEWEST[where] });
    return rows.map(eventOf);
  }
}

const eventOf = ({ at, action, outcome, principal, reason }: AuditEventRow): EntityEvent => ({
  at,
  action,
  outcome,
  principal,
  reason: reason ?? undefined,
});
