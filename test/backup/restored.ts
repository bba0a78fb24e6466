import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finishCopy } from '../../src/admin/migrate-storage-writes.ts';
import { Journal, openForJournal } from '../../src/backup/journal/journal.ts';
import type { JournalPosition } from '../../src/backup/journal/objects.ts';
import { replay } from '../../src/backup/journal/replay.ts';
import { fillRows, inspectRows } from '../../src/backup/rows/fill.ts';
import { pinRows } from '../../src/backup/rows/pinned.ts';
import { claimTarget } from '../../src/backup/target/open.ts';
import type { BackupTarget } from '../../src/backup/target/target.ts';
import type { Database } from '../../src/database/database.ts';
import { openFilling } from '../../src/database/filling.ts';
import type { RowsPlace } from '../../src/database/pinned-reads.ts';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { MasterKey } from '../../src/identity/master-key.ts';
import { Leases } from '../../src/lifecycle/leases/leases.ts';
import { createLog } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { systemActor } from '../../src/principal.ts';
import type { MovableClock } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export const INSTALLATION = 'local/sha256/aa/of-these-tests';

/** Of the installation of these tests. */
export const KEY = new MasterKey(Buffer.alloc(32, 7));

const writes = new URL('../../src/writes.ts', import.meta.url).href;

export const placeOf = (where: string): RowsPlace =>
  where.startsWith('postgres') ? { engine: 'postgres', url: where } : { engine: 'sqlite', file: where };

/** Another program's view of a database, beside a server or where none runs. */
export const openBeside = (where: string, known = writes): Promise<Database> =>
  where.startsWith('postgres') ? PostgresDatabase.open(where) : SqliteDatabase.open(where, known);

/** A folder that backups go to, claimed for the installation of these tests. */
export const newTarget = async (): Promise<string> => {
  const folder = temporaryFolder().path;
  const opened = await claimTarget(folder, INSTALLATION);
  await opened[Symbol.asyncDispose]();
  return folder;
};

export interface JournalOptions {
  readonly always?: string;
  readonly open?: ConstructorParameters<typeof Journal>[0]['open'];
  readonly metrics?: Metrics;
  readonly logged?: string[];
}

export const newJournal = (
  database: Database,
  clock: MovableClock,
  { always, open, metrics = new Metrics(), logged = [] }: JournalOptions = {},
): Journal =>
  new Journal({
    database,
    clock,
    log: createLog('info', { write: (line) => void logged.push(line) }),
    metrics,
    leases: new Leases(database, clock),
    masterKey: KEY,
    open: open ?? openForJournal(INSTALLATION),
    always,
  });

/** The rows of one instant, as a backup has them. */
export interface Taken {
  readonly at: number;
  readonly rows: Buffer;
}

export const take = async (where: string, clock: MovableClock): Promise<Taken> => {
  const scratch = temporaryFolder().path;
  await using pinned = await pinRows({ place: placeOf(where), scratch, clock });
  const chunks: Uint8Array[] = [];
  for await (const chunk of pinned.bytes()) chunks.push(chunk);
  return { at: pinned.at, rows: Buffer.concat(chunks) };
};

async function* chunksOf(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Fills an empty place with a backup's rows, then replays the journal of a target; answers what that did. */
export const restoreInto = async (where: string, { rows, at }: Taken, target: BackupTarget) => {
  const { head, facts } = await inspectRows(chunksOf(rows));
  {
    const begun = { from: 'a test', by: 'restore', tables: {} } as const;
    await using filling = await openFilling(placeOf(where), head.migrations, begun);
    await fillRows(filling, chunksOf(rows));
    await filling.settle();
  }
  await using database = await openBeside(where);
  const replayed = await replay(database, { target, key: KEY }, { snapshotAt: at });
  await database.write(finishCopy, { facts, at, actor: systemActor('a test') });
  return replayed;
};

/** A registry on restored rows, with the bytes and the master key of the old one. */
export const startRestored = async (
  old: TestRegistry,
  fill: (where: string) => Promise<unknown>,
  env: Record<string, string> = {},
): Promise<TestRegistry> => {
  const data = join(tmpdir(), `tidegate-restored-${randomUUID()}`);
  mkdirSync(data, { mode: 0o700 });
  cpSync(join(old.data, 'master.key'), join(data, 'master.key'));
  // how far the old place has come stays there
  const filter = (from: string): boolean =>
    !from.includes('/blobs/installation/') ||
    statSync(from).isDirectory() ||
    !readFileSync(from, 'utf8').startsWith('{');
  cpSync(join(old.data, 'blobs'), join(data, 'blobs'), { recursive: true, filter });
  await fill(join(data, 'tidegate.db'));
  return TestRegistry.start({ data, apikey: old.apikey, env });
};

export type { JournalPosition };
