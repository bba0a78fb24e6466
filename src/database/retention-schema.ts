/** Row types of retention policies and their runs (migrations/0045-retention.ts). */
export interface RetentionPolicyRow {
  namespace_id: string;
  document: string;
  fingerprint: string;
  analyzed_at: number | null;
  due_at: number | null;
  set_at: number;
  set_by: string;
}

export interface RetentionAnalysisRow {
  namespace_id: string;
  fingerprint: string;
  at: number;
}

export interface RetentionRunRow {
  id: string;
  namespace_id: string;
  document: string;
  cause: 'set' | 'daily' | 'asked';
  requested_at: number;
  requested_by: string;
  started_at: number | null;
  finished_at: number | null;
  outcome: 'waiting' | 'running' | 'done' | 'failed' | 'stopped';
  reason: string | null;
  looked: number;
  deleted: number;
  changed: number;
  failed: number;
  reasons: string;
  failures: string;
}
