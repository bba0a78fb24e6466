import type { BackupTarget } from '../target/target.ts';
import { readWhole } from '../target/target.ts';
import {
  batchName,
  decodeBatch,
  decodeState,
  JOURNAL,
  type JournalBatch,
  type JournalKey,
  type JournalPosition,
  type JournalState,
  MOST_BYTES,
  parseName,
  stateName,
} from './objects.ts';

/** A journal that is read, and the key of the installation that wrote it. */
export interface ReadJournal {
  readonly target: BackupTarget;
  readonly key: JournalKey;
}

/** A backup, as the journal sees it. */
export interface JournalledSnapshot {
  /** Where its rows stand; undefined: no journal had begun. */
  readonly position: JournalPosition | undefined;
  /** When its rows were read, epoch milliseconds. */
  readonly at: number;
}

/** Batches that hold what was revoked after the backup, in order: those behind its number, and of later lines. */
export const batchesAfter = async (
  target: BackupTarget,
  { position, at }: JournalledSnapshot,
): Promise<JournalPosition[]> => {
  // without a position, lines that began after the backup
  const line = position?.line ?? `${new Date(at).toISOString().replaceAll(/\D/g, '').slice(0, 14)}`;
  const found: JournalPosition[] = [];
  for await (const { name } of target.list(JOURNAL)) {
    const place = parseName(name);
    if (place === undefined || place.number === 'state' || place.line < line) continue;
    if (place.line === position?.line && place.number <= position.number) continue;
    found.push({ line: place.line, number: place.number });
  }
  return found.sort((one, other) => {
    if (one.line !== other.line) return one.line < other.line ? -1 : 1;
    return one.number - other.number;
  });
};

export const readBatch = async (
  { target, key }: ReadJournal,
  position: JournalPosition,
  signal?: AbortSignal,
): Promise<JournalBatch> => {
  const name = batchName(position);
  return decodeBatch(name, await readWhole(target, name, MOST_BYTES, signal), key);
};

const readState = async ({ target, key }: ReadJournal, line: string): Promise<JournalState | undefined> => {
  const name = stateName(line);
  if ((await target.stat(name)) === undefined) return undefined;
  return decodeState(name, await readWhole(target, name, MOST_BYTES), key);
};

/** What a journal says of a backup. */
export interface JournalCoverage {
  /** It tells, without a gap, everything that was revoked from the backup until `until`, and that is not long ago. */
  readonly current: boolean;
  /** Until when nothing is missing, epoch milliseconds; undefined: it tells nothing that can be relied on. */
  readonly until: number | undefined;
  /** Why it is not current. */
  readonly because: string | undefined;
}

/**
 * A journal that ends longer before now is known until then alone: an installation that runs renews it every 20 seconds, so this one
 * ran no longer, or ran on and could not write there. Nothing in the target tells which.
 */
const LATE = 2 * 60_000;

/**
 * Whether a target's journal covers a backup: from the backup on, without a gap, until at least `newest`, the time of the
 * newest backup there, and until shortly before `now`. What a journal that stopped earlier does not tell may have been revoked.
 */
export const journalState = async (
  journal: ReadJournal,
  snapshot: JournalledSnapshot,
  newest: number,
  now = newest,
): Promise<JournalCoverage> => {
  const stale = (because: string, until?: number): JournalCoverage => ({ current: false, until, because });
  const { position } = snapshot;
  if (position === undefined) return stale('there was no journal when the backup was made');
  const state = await readState(journal, position.line);
  if (state === undefined) return stale('the target has no journal of this database');
  if (position.number < state.since) return stale('the journal began after the backup');
  const gap = await findGap(journal, position, state);
  if (gap !== undefined) return stale(`the journal misses what is between its numbers ${gap}`);
  // the backup itself knows everything until it was made
  const until = Math.max(state.at, snapshot.at);
  if (until < newest) return stale('the journal ends before the newest backup', until);
  if (now - until > LATE) return stale(`the journal ends ${spanOf(now - until)} ago`, until);
  return { current: true, until, because: undefined };
};

const MINUTE = 60_000;

/** In the largest unit of which there are at least two. */
const spanOf = (ms: number): string => {
  const minutes = Math.floor(ms / MINUTE);
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 2 * 24 * 60
    ? `${Math.floor(minutes / 60)} hours`
    : `${Math.floor(minutes / 60 / 24)} days`;
};

/** Each batch names the one before it; the last one that counts is named in the state. */
const findGap = async (
  journal: ReadJournal,
  position: JournalPosition,
  { line, until }: JournalState,
): Promise<string | undefined> => {
  let reached = position.number;
  for (const each of await batchesAfter(journal.target, { position, at: 0 })) {
    if (each.line !== line) break;
    const { previous, number } = await readBatch(journal, each);
    if (previous > reached) return `${reached} and ${number}`;
    reached = number;
  }
  return reached < until ? `${reached} and ${until}` : undefined;
};

/**
 * Removes batches that no backup needs any more, given the oldest backup that is kept; answers how many. Of a backup without
 * a position everything stays.
 */
export const pruneJournal = async (
  target: BackupTarget,
  oldest: JournalPosition | undefined,
): Promise<number> => {
  if (oldest === undefined) return 0;
  const over: string[] = [];
  for await (const { name } of target.list(JOURNAL)) {
    const place = parseName(name);
    if (place === undefined || place.line > oldest.line) continue;
    const isOld = place.line < oldest.line || (place.number !== 'state' && place.number <= oldest.number);
    if (isOld) over.push(name);
  }
  for (const name of over) await target.remove(name);
  return over.length;
};
