/** Backup and restore: what doors, roof and the offline commands use. */

import type { Job } from '../job.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { WarningSource } from '../warning.ts';
import { Backups, type BackupsParts } from './backups/backups.ts';
import { BackupSchedule } from './backups/schedule.ts';
import { backupWarnings } from './backups/warnings.ts';
import { Journal, openForJournal } from './journal/journal.ts';

export { type Asked, Backups, UNCONFIRMED } from './backups/backups.ts';
export { beginJournal, Journal, openForJournal } from './journal/journal.ts';
export type { JournalPosition } from './journal/objects.ts';
export {
  type JournalCoverage,
  type JournalledSnapshot,
  journalState,
  pruneJournal,
} from './journal/reading.ts';
export { journalPosition, type Replayed, replay } from './journal/replay.ts';
export { type DrillNote, noteDrill } from './restore/drill-note.ts';
export { type OpenedRestorable, openRestorable } from './restore/open-restorable.ts';
export type { Restorable } from './restore/restorable.ts';
export { type Revocations, replayRevocations } from './restore/revocations.ts';
export { findImageToPull, type ImageToPull } from './restore/rows.ts';
export { finishRestore } from './restore/writes.ts';
export { fillRows, inspectRows, type RowFileContent, refuseNewer } from './rows/fill.ts';
export { type PinOptions, pinRows, type RowSnapshot } from './rows/pinned.ts';
export type { BackupRun } from './runs/backup-run.ts';
export { type ListedSnapshot, listSnapshots, snapshotIds } from './snapshots/list.ts';
export {
  isVouched,
  type Manifest,
  namesName,
  type ReadManifest,
  readManifest,
  rowsName,
  timeOfSnapshot,
} from './snapshots/manifest.ts';
export { type PoolName, readNames } from './snapshots/names.ts';
export { POOL } from './snapshots/pool.ts';
export type { PruneChoice, PruneEvent } from './snapshots/prune.ts';
export type { VerifyEvent } from './snapshots/verify.ts';
export { claimTarget, type OpenedTarget, openPlace, readTarget } from './target/open.ts';
export {
  type OpeningKey,
  parseOpeningKey,
  parseSealingKey,
  type SealingKey,
} from './target/seal-keys.ts';
export {
  type BackupTarget,
  bytesOf,
  type PutOptions,
  readWhole,
  type TargetObject,
} from './target/target.ts';

export interface Backup extends AsyncDisposable {
  readonly backups: Backups;
  readonly journal: Journal;
  readonly jobs: readonly Job[];
  readonly warnings: readonly WarningSource[];
}

export interface BackupParts extends BackupsParts {
  readonly metrics: Pick<Metrics, 'backupFailed' | 'backups' | 'journal'>;
  /** How often a backup is made by itself, milliseconds. */
  readonly every: number | undefined;
  /** The id that backup targets know this installation by. */
  readonly installation: string;
}

/** Copies of all rooms in another place, made while they work, and the journal of what is revoked since. */
export const openBackup = (parts: BackupParts): Backup => {
  const { to } = parts.places;
  const open = openForJournal(parts.installation, { location: to, to: parts.publicKey });
  const journal = new Journal({ ...parts, open, always: to });
  const backups = new Backups({ ...parts, shipJournal: (location) => journal.shipTo(location) });
  const schedule = new BackupSchedule({ ...parts, backups, to });
  return {
    backups,
    journal,
    jobs: [journal.job, ...schedule.jobs],
    warnings: backupWarnings({ backups, every: to === undefined ? undefined : parts.every }),
    [Symbol.asyncDispose]: async () => {
      await backups[Symbol.asyncDispose]();
      await journal[Symbol.asyncDispose]();
    },
  };
};
