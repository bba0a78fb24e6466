/** Backup and restore: what doors, roof and the offline commands use. */

export { beginJournal, Journal, openForJournal } from './journal/journal.ts';
export type { JournalPosition } from './journal/objects.ts';
export {
  type JournalCoverage,
  type JournalledSnapshot,
  journalState,
  pruneJournal,
} from './journal/reading.ts';
export { journalPosition, type Replayed, replay } from './journal/replay.ts';
export { type DrillNote, lastDrill, noteDrill } from './restore/drill-note.ts';
export { type OpenedRestorable, openRestorable } from './restore/open-restorable.ts';
export type { Restorable } from './restore/restorable.ts';
export { type Revocations, replayRevocations } from './restore/revocations.ts';
export { findImageToPull, type ImageToPull } from './restore/rows.ts';
export { finishRestore } from './restore/writes.ts';
export { fillRows, inspectRows, type RowFileContent, refuseNewer } from './rows/fill.ts';
export { type PinOptions, pinRows, type RowSnapshot } from './rows/pinned.ts';
export { claimTarget, type OpenedTarget, openPlace, readTarget } from './target/open.ts';
export {
  newKeyPair,
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
