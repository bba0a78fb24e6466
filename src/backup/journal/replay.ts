import type { Database, Db } from '../../database/database.ts';
import type { JournalPosition } from './objects.ts';
import { batchesAfter, type ReadJournal, readBatch } from './reading.ts';
import { type Applied, applyJournal } from './replay-writes.ts';
import { findLine } from './rows.ts';
import { beginAnew } from './writes.ts';

/** Rows of one transaction. */
const ROWS = 200;

export interface Replayed extends Applied {
  readonly batches: number;
}

/** Where the rows of a database stand in the journal: of a backup, those it holds. */
export const journalPosition = async (db: Db): Promise<JournalPosition | undefined> => {
  const known = await findLine(db);
  return known?.line ? { line: known.line, number: known.number } : undefined;
};

/**
 * Takes from restored rows what was revoked after the backup, in the order in which it was. To be called when all rows of
 * the backup are there and before the first request; it may be cut and run again. In the end the journal of this
 * database begins anew, so it is called where the target has no journal, too.
 *
 * `snapshotAt`: when the backup's rows were read.
 */
export const replay = async (
  database: Pick<Database, 'db' | 'write'>,
  journal: ReadJournal,
  { snapshotAt, signal }: { snapshotAt: number; signal?: AbortSignal },
): Promise<Replayed> => {
  const position = await journalPosition(database.db);
  const total = { batches: 0, removed: 0, changed: 0, added: 0 };
  for (const each of await batchesAfter(journal.target, { position, at: snapshotAt })) {
    signal?.throwIfAborted();
    const { rows } = await readBatch(journal, each, signal);
    for (let from = 0; from < rows.length; from += ROWS) {
      const applied = await database.write(applyJournal, rows.slice(from, from + ROWS));
      total.removed += applied.removed;
      total.changed += applied.changed;
      total.added += applied.added;
    }
    total.batches++;
  }
  await database.write(beginAnew, undefined);
  return total;
};
