import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Job } from '../../job.ts';
import { AuditLog } from './audit-log.ts';
import { AuditSettings } from './audit-settings.ts';
import { CollectedEvents } from './collected-events.ts';
import { EntityHistory } from './entity-history.ts';

export type { AuditLog, NumberPage, TimePage, TimePlace } from './audit-log.ts';
export type { AuditSettings, PullRecording } from './audit-settings.ts';
export type { AuditedEvent } from './audited-event.ts';
export type { CollectedEvents } from './collected-events.ts';
export type { EntityEvent, EntityHistory } from './entity-history.ts';
export { type ActedEvent, EventBatch, minuteOf } from './event-batch.ts';
export type { EventFilter } from './event-filter.ts';
export { firstNumberOf } from './rows.ts';
export type { SealableEvent } from './sealable.ts';
export { isDataEvent, type Severity, severityOf } from './severity.ts';

/** The record of what was done. Changes write it in their own transaction (tx.ts); here it is read, and the rest is collected. */
export interface AuditEvents extends AsyncDisposable {
  readonly log: AuditLog;
  readonly history: EntityHistory;
  readonly settings: AuditSettings;
  /** For what no transaction of its own records. */
  readonly collected: CollectedEvents;
  readonly jobs: readonly Job[];
}

export const openAuditEvents = ({ database, clock }: { database: Database; clock: Clock }): AuditEvents => {
  const collected = new CollectedEvents(database, clock);
  return {
    log: new AuditLog(database),
    history: new EntityHistory(database),
    settings: new AuditSettings(database, clock),
    collected,
    jobs: [{ name: 'record-events', period: 5_000, of: 'process', run: () => collected.flush() }],
    [Symbol.asyncDispose]: () => collected.flush({ all: true }),
  };
};
