import type { Generated, Insertable, Selectable } from 'kysely';

/** Rows of the audit log; columns are described in migrations/0001, 0030 and later. */
export interface AuditEventTable {
  id: string;
  account_id: string | null;
  at: number;
  action: string;
  outcome: 'success' | 'failure';
  principal: string;
  credential_id: string | null;
  target: string;
  address: string | null;
  request_id: string | null;
  reason: string | null;
  agent: string | null;
  target_type: string | null;
  target_name: string | null;
  reference: string | null;
  digest: string | null;
  changed: string | null;
  region: string | null;
  replica: string | null;
  claims: string | null;
  status: number | null;
  times: number | null;
  last_at: number | null;
  number: number | null;
  /** PostgreSQL fills it in. */
  transaction_id: Generated<number | null>;
}

export type AuditEventRow = Selectable<AuditEventTable>;
export type NewAuditEventRow = Insertable<AuditEventTable>;

export interface PullRow {
  repository_id: string;
  kind: 'tag' | 'digest';
  reference: string;
  day: number;
  count: number;
  last_at: number;
  last_principal: string;
}

export interface AuditSettingsRow {
  account_id: string;
  pulls: PullRecording;
  modified_at: number;
  modified_by: string;
}

/** Which events pulls make: one for all of a minute that are alike, one for each, or none. */
export type PullRecording = 'minute' | 'each' | 'none';

/** Sealed events; columns are described in migrations/0080. */
export interface AuditBlockRow {
  position: number;
  history: number;
  origin: string;
  size: number;
  previous: string;
  root: string;
  first_number: number;
  last_number: number;
  sealed_at: number;
  head: string;
  tree: string;
  frontier: string | null;
  key_id: string;
  signature: string;
  leaves: Uint8Array | null;
  gone: string | null;
  state: number;
  looked_at: number;
}

export interface AuditHoldRow {
  account_id: string;
  reason: string;
  set_at: number;
  set_by: string;
  lifted_at: number | null;
  lifted_by: string | null;
}

export interface AuditExportRow {
  target: string;
  number: number;
  moved_at: number;
}
