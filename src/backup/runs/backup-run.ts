import type { BackupRunRow } from '../../database/backup-schema.ts';

/** One backup, as the installation that made it remembers it. */
export interface BackupRun {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly startedBy: string;
  readonly finishedAt: number | undefined;
  /** Where it went. */
  readonly target: string;
  readonly outcome: BackupRunRow['outcome'];
  readonly reason: string | undefined;
  /** Its id in the target, when it is done. */
  readonly snapshot: string | undefined;
  /** What the snapshot names. */
  readonly blobs: number;
  readonly bytes: number;
  /** What of it was copied by this run. */
  readonly copied: { readonly blobs: number; readonly bytes: number };
  /** Blobs whose bytes were gone or damaged before. */
  readonly damaged: number;
}

export const runOf = (row: BackupRunRow): BackupRun => ({
  id: row.id,
  startedAt: row.started_at,
  startedBy: row.started_by,
  finishedAt: row.finished_at ?? undefined,
  target: row.target,
  outcome: row.outcome,
  reason: row.reason ?? undefined,
  snapshot: row.snapshot ?? undefined,
  blobs: row.blobs,
  bytes: row.bytes,
  copied: { blobs: row.copied_blobs, bytes: row.copied_bytes },
  damaged: row.damaged,
});
