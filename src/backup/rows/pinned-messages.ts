import type { RowsPlace } from '../../database/pinned-reads.ts';
import type { RowFileSummary } from './row-file.ts';

/** What the main thread hands the thread that reads. */
export interface PinnedData {
  readonly place: RowsPlace;
  /** An open file without a name, for the list of the blobs. */
  readonly list: number;
}

/** `rows`: begin the rows file. `more`: the main thread has taken one chunk. `close`: let the instant go. */
export type PinnedRequest = 'rows' | 'more' | 'close';

export type PinnedReport =
  | {
      readonly kind: 'pinned';
      readonly migrations: readonly string[];
      readonly facts: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly kind: 'chunk'; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly summary: RowFileSummary; readonly blobs: number }
  | { readonly kind: 'failed'; readonly message: string };
