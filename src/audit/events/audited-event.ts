import type { AuditEventRow } from '../../database/audit-schema.ts';
import { type Changes, parseChanges } from './changes.ts';

/** An event as it is read. */
export interface AuditedEvent {
  readonly id: string;
  /** Its place in the one order of all events; undefined shortly after it was written. */
  readonly number: number | undefined;
  readonly accountId: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly action: string;
  readonly outcome: 'success' | 'failure';
  /** `<kind>:<account>/<id>`, as `Actor.principal` has it. */
  readonly principal: string;
  readonly credentialId: string | undefined;
  readonly address: string | undefined;
  readonly agent: string | undefined;
  readonly requestId: string | undefined;
  readonly target: string;
  readonly targetType: string | undefined;
  readonly targetName: string | undefined;
  readonly reference: string | undefined;
  readonly digest: string | undefined;
  readonly changed: Changes | undefined;
  readonly reason: string | undefined;
  readonly status: number | undefined;
  readonly region: string | undefined;
  readonly replica: string | undefined;
  readonly claims: Readonly<Record<string, string>> | undefined;
  /** How many alike it stands for, and when the last of them was. */
  readonly times: number;
  readonly lastAt: number;
}

export const eventOfRow = (row: AuditEventRow): AuditedEvent => ({
  id: row.id,
  number: row.number ?? undefined,
  accountId: row.account_id ?? undefined,
  at: row.at,
  action: row.action,
  outcome: row.outcome,
  principal: row.principal,
  credentialId: row.credential_id ?? undefined,
  address: row.address ?? undefined,
  agent: row.agent ?? undefined,
  requestId: row.request_id ?? undefined,
  target: row.target,
  targetType: row.target_type ?? undefined,
  targetName: row.target_name ?? undefined,
  reference: row.reference ?? undefined,
  digest: row.digest ?? undefined,
  changed: parseChanges(row.changed),
  reason: row.reason ?? undefined,
  status: row.status ?? undefined,
  region: row.region ?? undefined,
  replica: row.replica ?? undefined,
  claims: row.claims === null ? undefined : JSON.parse(row.claims),
  times: row.times ?? 1,
  lastAt: row.last_at ?? row.at,
});
