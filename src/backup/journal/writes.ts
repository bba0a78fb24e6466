import { defineWrite, type Tx } from '../../database/database.ts';
import type { JournalLineRow, JournalTargetRow } from '../../database/journal-schema.ts';
import { forgetJournal } from '../../database/table-copy.ts';
import type { JournalPosition } from './objects.ts';
import {
  batchesUpTo,
  deleteBatches,
  deleteNotes,
  deleteTarget,
  findLine,
  insertBatch,
  listTargets,
  notesOf,
  putLine,
  putTarget,
  updateTarget,
} from './rows.ts';

/** Beside the one of the settings, the journal goes to so many of the places that backups went to last. */
const MOST_TARGETS = 4;
/** A target that could not be written for so long is given up. */
const PATIENCE_MS = 24 * 3_600_000;

/** Where it has a line: itself; else with a new one. */
const lineOf = (known: JournalLineRow | undefined, fresh: string) => ({
  line: known?.line ?? fresh,
  number: known?.number ?? 0,
  last_batch: known?.last_batch ?? 0,
});

export interface Beginning {
  readonly location: string;
  /** The target of the settings: it is kept, however many backups go elsewhere. */
  readonly always: string | undefined;
  readonly now: number;
  /** Of a line that has to be begun. */
  readonly freshLine: string;
}

/** From now on every revocation goes to this target. Answers where the journal stands. */
export const beginTarget = defineWrite(
  'backup.journal.begin',
  async (
    tx: Tx,
    { location, always, now, freshLine }: Beginning,
  ): Promise<JournalPosition & { since: number }> => {
    const at = lineOf(await findLine(tx.db), freshLine);
    const known = (await listTargets(tx.db)).find((each) => each.location === location);
    const goesOn = known?.broken_at === null && known.line === at.line;
    // another number than every backup of before has: these miss what was noted while the journal did not go there
    const number = goesOn ? at.number : at.number + 1;
    await putLine(tx, { ...at, number });
    const begun = { line: at.line, since: number, delivered: number, complete_until: now };
    await putTarget(tx, {
      ...(goesOn ? known : { ...begun, location, failing_since: null, broken_at: null, reason: null }),
      begun_at: now,
    });
    await keepLatest(tx, always);
    return { line: at.line, number, since: goesOn ? known.since : number };
  },
);

const keepLatest = async (tx: Tx, always: string | undefined): Promise<void> => {
  const others = (await listTargets(tx.db)).filter(({ location }) => location !== always);
  others.sort((one, other) => other.begun_at - one.begun_at);
  for (const { location } of others.slice(MOST_TARGETS)) await deleteTarget(tx, location);
};

const isLive = ({ broken_at }: JournalTargetRow): boolean => broken_at === null;

/**
 * Makes a batch of notes where the journal goes anywhere, and forgets them otherwise. The number of the batch is in the
 * database before any row is read for it: a backup that holds a number holds all that batches up to it tell.
 */
export const batchNotes = defineWrite(
  'backup.journal.batch',
  async (tx: Tx, { ids, freshLine }: { ids: readonly number[]; freshLine: string }): Promise<void> => {
    const notes = await notesOf(tx.db, ids);
    if (notes.length === 0) return;
    await deleteNotes(tx, ids);
    if (!(await listTargets(tx.db)).some(isLive)) return;
    const at = lineOf(await findLine(tx.db), freshLine);
    const number = at.number + 1;
    const noted = [...new Set(notes.map(({ table_name, row_key }) => JSON.stringify([table_name, row_key])))];
    await insertBatch(tx, {
      number,
      previous: at.last_batch,
      size: noted.length,
      noted: `[${noted.join(',')}]`,
    });
    await putLine(tx, { line: at.line, number, last_batch: number });
  },
);

export interface Delivery {
  readonly location: string;
  readonly line: string;
  readonly number: number;
  /** Undefined: more waits for this target. */
  readonly completeUntil: number | undefined;
}

/** A target has all batches up to `number`. Lost in a power cut, it is only done again. */
export const noteDelivery = defineWrite(
  'backup.journal.deliver',
  async (tx: Tx, { location, line, number, completeUntil }: Delivery): Promise<void> => {
    const known = (await listTargets(tx.db)).find((each) => each.location === location);
    if (known?.line !== line) return;
    await updateTarget(tx, location, {
      delivered: Math.max(known.delivered, number),
      complete_until: Math.max(known.complete_until, completeUntil ?? 0),
      failing_since: null,
      reason: null,
    });
  },
  { relaxed: true },
);

/** Removes batches that no live target waits for; answers how many. */
export const clearBatches = defineWrite(
  'backup.journal.clear',
  async (tx: Tx, limit: number): Promise<number> => {
    const delivered = (await listTargets(tx.db)).filter(isLive).map((each) => each.delivered);
    const numbers = await batchesUpTo(tx.db, Math.min(...delivered, Number.MAX_SAFE_INTEGER), limit);
    if (numbers.length > 0) await deleteBatches(tx, numbers);
    return numbers.length;
  },
  { relaxed: true, bulk: true },
);

/** A target could not be written. After a day it is given up; answers whether. */
export const noteFailure = defineWrite(
  'backup.journal.fail',
  async (
    tx: Tx,
    { location, reason, now }: { location: string; reason: string; now: number },
  ): Promise<boolean> => {
    const known = (await listTargets(tx.db)).find((each) => each.location === location);
    if (known === undefined || !isLive(known)) return false;
    const since = known.failing_since ?? now;
    const isOver = now - since >= PATIENCE_MS;
    await updateTarget(tx, location, {
      failing_since: since,
      reason,
      ...(isOver ? { broken_at: now } : {}),
    });
    return isOver;
  },
);

/** Gives up the targets that are furthest behind; answers which. */
export const giveUpLast = defineWrite(
  'backup.journal.give-up',
  async (tx: Tx, { reason, now }: { reason: string; now: number }): Promise<string[]> => {
    const live = (await listTargets(tx.db)).filter(isLive);
    const least = Math.min(...live.map(({ delivered }) => delivered));
    const last = live.filter(({ delivered }) => delivered === least).map(({ location }) => location);
    for (const location of last) await updateTarget(tx, location, { broken_at: now, reason });
    return last;
  },
);

/** In a place whose rows are a copy: the journal begins anew there. */
export const beginAnew = defineWrite('backup.journal.anew', async (tx: Tx, _input: undefined) => {
  await forgetJournal(tx);
});
