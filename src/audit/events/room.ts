import type { Database } from '../../database/database.ts';
import { EntityHistory } from './entity-history.ts';

export type { EntityEvent, EntityHistory } from './entity-history.ts';

/** The record of what was done. Changes write it in their own transaction (tx.ts); here it is read. */
export interface AuditEvents {
  readonly history: EntityHistory;
}

export const openAuditEvents = ({ database }: { database: Database }): AuditEvents => ({
  history: new EntityHistory(database),
});
