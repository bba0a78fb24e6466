import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { AuditSettings } from './audit-settings.ts';
import { EntityHistory } from './entity-history.ts';

export type { AuditSettings, PullRecording } from './audit-settings.ts';
export type { EntityEvent, EntityHistory } from './entity-history.ts';

/** The record of what was done. Changes write it in their own transaction (tx.ts); here it is read. */
export interface AuditEvents {
  readonly history: EntityHistory;
  readonly settings: AuditSettings;
}

export const openAuditEvents = ({ database, clock }: { database: Database; clock: Clock }): AuditEvents => ({
  history: new EntityHistory(database),
  settings: new AuditSettings(database, clock),
});
