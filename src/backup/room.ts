/** Backup and restore: what doors, roof and the offline commands use. */

export { beginIn as beginJournal, Journal, type JournalPlace, type OpenPlace } from './journal/journal.ts';
export type { JournalPosition } from './journal/objects.ts';
export {
  type JournalCoverage,
  type JournalledSnapshot,
  journalState,
  pruneJournal,
} from './journal/reading.ts';
export { journalPosition, type Replayed, replay } from './journal/replay.ts';
export type { BackupTarget, PutOptions, TargetObject } from './target/target.ts';
