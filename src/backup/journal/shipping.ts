import type { Database } from '../../database/database.ts';
import type { JournalBatchRow } from '../../database/journal-schema.ts';
import { type BackupTarget, bytesOf } from '../target/target.ts';
import {
  batchName,
  encode,
  type JournalBatch,
  type JournalKey,
  type JournalRow,
  stateName,
} from './objects.ts';
import { batchAfter, findLine, listTargets, type RowValue, readNamed } from './rows.ts';
import { columnsOf, JOURNAL_TABLES } from './tables.ts';
import { noteDelivery } from './writes.ts';

export interface Shipment {
  readonly database: Database;
  readonly target: BackupTarget;
  readonly key: JournalKey;
  readonly location: string;
  /** All that was noted before this time is in batches. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/**
 * Writes every batch that a target lacks, in order, then until when it is complete. A batch is written with the state its
 * rows have then: what changed since it was noted is noted again, in a later batch. So two processes that write the same
 * batch, whatever they overwrite, leave the last state of each row in the last batch that names it.
 */
export const ship = async ({ database, target, key, location, until, signal }: Shipment): Promise<void> => {
  // another process may have shipped meanwhile
  const row = (await listTargets(database.db)).find((each) => each.location === location);
  // a target of a line that ended waits for its next backup
  if (row?.broken_at !== null || (await findLine(database.db))?.line !== row.line) return;
  const { line, since } = row;
  let { delivered } = row;
  for (;;) {
    signal.throwIfAborted();
    const batch = await batchAfter(database.db, delivered);
    if (batch === undefined) break;
    await put(
      target,
      batchName({ line, number: batch.number }),
      encode(await contentOf(database, line, batch), key),
      signal,
    );
    delivered = batch.number;
    await database.write(noteDelivery, { location, line, number: delivered, completeUntil: undefined });
  }
  const state = { line, since, until: delivered, at: until };
  await put(target, stateName(line), encode(state, key), signal);
  await database.write(noteDelivery, { location, line, number: delivered, completeUntil: until });
};

const put = (target: BackupTarget, name: string, content: Buffer, signal: AbortSignal): Promise<void> =>
  target.put(name, bytesOf(content), { size: content.byteLength, signal });

const contentOf = async (database: Database, line: string, batch: JournalBatchRow): Promise<JournalBatch> => {
  const rows: JournalRow[] = [];
  for (const [table, key] of JSON.parse(batch.noted) as [string, string][])
    rows.push(await rowOf(database, table, JSON.parse(key) as RowValue[]));
  return { line, number: batch.number, previous: batch.previous, rows };
};

const rowOf = async (database: Database, table: string, key: readonly RowValue[]): Promise<JournalRow> => {
  const known = JOURNAL_TABLES[table];
  if (known === undefined) throw new Error(`the journal does not know the table ${table}`);
  const named = { table, keyColumns: known.key, key };
  const row = await readNamed(database.db, named, columnsOf(known));
  return { table, key, row: row ?? null };
};
