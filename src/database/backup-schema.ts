/** While a row stands here whose time is not over, no stored bytes are removed. */
export interface ByteHoldRow {
  id: string;
  held_until: number;
}

export interface BackupRunRow {
  id: string;
  started_at: number;
  started_by: string;
  finished_at: number | null;
  /** The address as it was given: it cannot hold a secret. */
  target: string;
  /** 1: made by a command beside no server. */
  offline: number;
  outcome: 'running' | 'done' | 'failed' | 'stopped';
  reason: string | null;
  snapshot: string | null;
  /** What the snapshot names. */
  blobs: number;
  bytes: number;
  /** What of it was copied now. */
  copied_blobs: number;
  copied_bytes: number;
  /** Blobs whose bytes were gone or damaged before. */
  damaged: number;
}
