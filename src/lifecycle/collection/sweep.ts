import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { BlobStore } from '../../blobs/blob-store.ts';
import type { Database } from '../../database/database.ts';
import type { Tally } from '../runs/collection-run.ts';

/** One run's tools and bounds. */
export interface Sweep {
  readonly database: Database;
  readonly store: BlobStore;
  /** When the run began. */
  readonly at: number;
  /** What was wanted after this instant stays. */
  readonly cutoff: number;
  readonly dryRun: boolean;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** Rows per page: a page is a few milliseconds of one thread, and a write of it shorter than a push's fsync. */
export const PAGE = 200;

/** Gives the event loop a turn between two pages. A run that was stopped ends here. */
export const breathe = async ({ signal }: Sweep): Promise<void> => {
  await turnOfLoop();
  signal.throwIfAborted();
};
