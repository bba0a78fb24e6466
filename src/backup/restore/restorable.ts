import type { JournalPosition } from '../journal/objects.ts';
import type { BackupTarget } from '../target/target.ts';

/** A snapshot as a restore needs it. */
export interface Restorable {
  readonly id: string;
  /** When its rows were read, epoch milliseconds. */
  readonly at: number;
  /** When the newest snapshot of the target was taken. */
  readonly newest: number;
  /** The storage name of the blob that ties bytes to rows. */
  readonly marker: string;
  readonly blobs: number;
  readonly bytes: number;
  /** Storage names of blobs whose bytes were gone or damaged when the backup was taken. */
  readonly damaged: ReadonlySet<string>;
  /** Where its rows stand in the journal of revocations; undefined: there was none. */
  readonly journal: JournalPosition | undefined;
  readonly target: BackupTarget;
  /** The rows file, which is what the manifest says of it when it has ended without an error. */
  rows(): AsyncIterable<Uint8Array>;
  /** The bytes of a blob, as the pool has them. */
  blob(key: string): AsyncIterable<Uint8Array>;
}
