import type { AuditEventRow } from '../../database/audit-schema.ts';

/** A numbered event as it is sealed. */
export interface SealableEvent {
  readonly number: number;
  readonly id: string;
  readonly accountId: string | undefined;
  readonly action: string;
  /**
   * One text for one content, on both engines: every column but the number and what an engine adds. A sealed block says which
   * number it gave, so that an event under another number is known again.
   */
  readonly text: string;
}

/** Stands in the text: a later form has another, and what was sealed in this one stays verifiable. */
const FORM = 'tidegate-event/1';

export const sealableOf = (row: AuditEventRow): SealableEvent => ({
  number: row.number ?? 0,
  id: row.id,
  accountId: row.account_id ?? undefined,
  action: row.action,
  text: JSON.stringify([
    FORM,
    row.id,
    row.account_id,
    row.at,
    row.action,
    row.outcome,
    row.principal,
    row.credential_id,
    row.address,
    row.agent,
    row.request_id,
    row.target,
    row.target_type,
    row.target_name,
    row.reference,
    row.digest,
    row.changed,
    row.reason,
    row.status,
    row.region,
    row.replica,
    row.claims,
    row.times,
    row.last_at,
  ]),
});
