import type { CollectionRunRow } from '../../database/schema.ts';

/** What a run removed (in a dry run: would have removed), and what is unreferenced but within its grace. */
export interface Tally {
  readonly removed: {
    links: number;
    blobs: number;
    bytes: number;
    /** Bytes without a row. */
    unnamed: number;
    stagings: number;
  };
  readonly waiting: { links: number; blobs: number; bytes: number; unnamed: number };
}

export const emptyTally = (): Tally => ({
  removed: { links: 0, blobs: 0, bytes: 0, unnamed: 0, stagings: 0 },
  waiting: { links: 0, blobs: 0, bytes: 0, unnamed: 0 },
});

/** One run of garbage collection. */
export interface CollectionRun extends Tally {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly startedBy: string;
  readonly finishedAt: number | undefined;
  readonly dryRun: boolean;
  /** Whether it also lists the blob store. */
  readonly storage: boolean;
  readonly outcome: CollectionRunRow['outcome'];
  readonly reason: string | undefined;
}

export const runOf = (row: CollectionRunRow): CollectionRun => ({
  id: row.id,
  startedAt: row.started_at,
  startedBy: row.started_by,
  finishedAt: row.finished_at ?? undefined,
  dryRun: row.dry_run === 1,
  storage: row.storage === 1,
  outcome: row.outcome,
  reason: row.reason ?? undefined,
  removed: {
    links: row.links,
    blobs: row.blobs,
    bytes: row.bytes,
    unnamed: row.unnamed,
    stagings: row.stagings,
  },
  waiting: {
    links: row.waiting_links,
    blobs: row.waiting_blobs,
    bytes: row.waiting_bytes,
    unnamed: row.waiting_unnamed,
  },
});

export const rowOfRun = (run: CollectionRun): CollectionRunRow => ({
  id: run.id,
  started_at: run.startedAt,
  started_by: run.startedBy,
  finished_at: run.finishedAt ?? null,
  dry_run: run.dryRun ? 1 : 0,
  storage: run.storage ? 1 : 0,
  outcome: run.outcome,
  reason: run.reason ?? null,
  ...columnsOfTally(run),
});

export const columnsOfTally = ({ removed, waiting }: Tally) => ({
  links: removed.links,
  blobs: removed.blobs,
  bytes: removed.bytes,
  unnamed: removed.unnamed,
  stagings: removed.stagings,
  waiting_links: waiting.links,
  waiting_blobs: waiting.blobs,
  waiting_bytes: waiting.bytes,
  waiting_unnamed: waiting.unnamed,
});
