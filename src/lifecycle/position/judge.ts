import type { BlobStore } from '../../blobs/blob-store.ts';
import { rowKeys } from '../../blobs/layout.ts';
import type { Db } from '../../database/database.ts';
import { readBeside } from './beside.ts';
import { blobsOfManifests, type DatabasePosition, findPosition, latestPushes } from './rows.ts';

/**
 * A process counts in the database first, then beside the bytes. Killed in between it leaves the database ahead by one; each
 * of several replicas may.
 */
const REPLICAS = 32;

export interface PositionJudgement {
  readonly database: DatabasePosition | undefined;
  readonly bytes: DatabasePosition | undefined;
  readonly fault: PositionFault | undefined;
}

export interface PositionFault {
  readonly kind: 'database-older' | 'bytes-older';
  /** What is the matter and what to do, for the operator. */
  readonly message: string;
}

export interface JudgedPlace {
  readonly db: Db;
  readonly store: BlobStore;
  /** The name of the installation's marker in the blob store. */
  readonly installation: string;
  /** No other process works on the database. */
  readonly alone: boolean;
}

/** Whether database and bytes are of one time. */
export const judgePosition = async ({
  db,
  store,
  installation,
  alone,
}: JudgedPlace): Promise<PositionJudgement> => {
  // bytes first: replicas that run go on meanwhile, in the database first
  const bytes = (await readBeside(store, installation))[0]?.position;
  const database = await findPosition(db);
  const [here, there] = [database?.number ?? 0, bytes?.number ?? 0];
  if (there > here) return { database, bytes, fault: databaseOlder(database, bytes) };
  if (here > there + (alone ? 1 : REPLICAS)) return { database, bytes, fault: bytesOlder(database, bytes) };
  return { database, bytes, fault: undefined };
};

const ACCEPT =
  'If it is to stay as it is, say so once with tidegate verify --accept, and start the server afterwards';

const databaseOlder = (
  database: DatabasePosition | undefined,
  bytes: DatabasePosition | undefined,
): PositionFault => ({
  kind: 'database-older',
  message: `the database is older than the bytes beside it: it misses what was written after ${timeOf(database)}, and the bytes go on until ${timeOf(bytes)}. Put the newer database back (with SQLite together with its tidegate.db-wal), or restore a backup. The server does not start, because it would remove bytes that the database does not know. ${ACCEPT}: what is missing then stays lost`,
});

const bytesOlder = (
  database: DatabasePosition | undefined,
  bytes: DatabasePosition | undefined,
): PositionFault => ({
  kind: 'bytes-older',
  message: `the bytes are older than the database: they end at ${timeOf(bytes)}, and the database at ${timeOf(database)}. What was pushed in between cannot be pulled. Put the newer bytes back (the folder blobs of the data folder, or the bucket), or restore a backup. ${ACCEPT}: tidegate verify --repair then takes out what has no bytes, and the next push brings it back`,
});

const timeOf = (position: DatabasePosition | undefined): string =>
  position === undefined ? 'an unknown time' : new Date(position.at).toISOString();

const PUSHES = 50;
const BLOBS = 100;
const AT_ONCE = 10;

/** Their bytes are always as old as the database. */
const IN_ROWS = `${rowKeys('%')}%`;

/** Of the blobs that were pushed last, how many were looked at, and which have no bytes. */
export const newestWithoutBytes = async (
  db: Db,
  store: BlobStore,
): Promise<{ looked: number; missing: string[] }> => {
  const bounds = { except: IN_ROWS, limit: BLOBS };
  const blobs = await blobsOfManifests(db, await latestPushes(db, PUSHES), bounds);
  const missing: string[] = [];
  for (let from = 0; from < blobs.length; from += AT_ONCE) {
    const some = blobs.slice(from, from + AT_ONCE);
    const sizes = await Promise.all(some.map(({ storage_key }) => store.stat(storage_key)));
    missing.push(...some.filter((_, index) => sizes[index] === undefined).map(({ digest }) => digest));
  }
  return { looked: blobs.length, missing };
};
