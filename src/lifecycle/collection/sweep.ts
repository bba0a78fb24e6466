import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { BlobStore } from '../../blobs/blob-store.ts';
import type { Database } from '../../database/database.ts';

/** What a run found: what went (in a dry run: would go), and what is unreferenced but within its grace. */
export interface Tally {
  links: number;
  blobs: number;
  bytes: number;
  unnamed: number;
  stagings: number;
  waiting_links: number;
  waiting_blobs: number;
  waiting_bytes: number;
  waiting_unnamed: number;
}

export const emptyTally = (): Tally => ({
  links: 0,
  blobs: 0,
  bytes: 0,
  unnamed: 0,
  stagings: 0,
  waiting_links: 0,
  waiting_blobs: 0,
  waiting_bytes: 0,
  waiting_unnamed: 0,
});

/** One run's tools and bounds. */
export interface Sweep {
  readonly database: Database;
  readonly store: BlobStore;
  /** When the run began, and the instant before which nobody may have wanted what goes. */
  readonly at: number;
  readonly cutoff: number;
  readonly dryRun: boolean;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** Rows per page: a page is a few milliseconds of one thread, and a write of it shorter than a push's fsync. */
export const PAGE = 200;

/** Between two pages everybody else has a turn; a run that is stopped stops here. */
export const breathe = async ({ signal }: Sweep): Promise<void> => {
  await turnOfLoop();
  signal.throwIfAborted();
};
