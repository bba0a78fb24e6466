import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BlobStore } from '../blobs/blob-store.ts';
import { FilesystemBlobStore } from '../blobs/filesystem.ts';
import { DATABASE, DataFolder, refuseAbsentInstallation } from '../config/data-folder.ts';
import type { Config } from '../config/settings.ts';
import type { Database, Db } from '../database/database.ts';
import { findInstallation } from '../database/installation.ts';
import { executedMigrations } from '../database/migrate.ts';
import { openSqliteReader } from '../database/sqlite-dialect.ts';
import { findProgress } from '../database/table-copy.ts';
import { BLOB_STORE_MARKER, INSTALLATION_FOLDER } from '../engines.ts';
import { allSigningKeys, MasterKey } from '../identity/room.ts';
import { judgePosition } from '../lifecycle/room.ts';
import { withSmallBlobs } from '../registry/room.ts';

/** Tells the operator how far it is. */
export type Say = (line: string) => void;

/** The place an installation comes from, which is only read, and the place it goes to. */
export interface Places extends AsyncDisposable {
  readonly source: { readonly db: Db; readonly blobs: BlobStore; readonly marker: string };
  readonly target: { readonly database: Database; readonly blobs: BlobStore };
  /** True when the target already is this installation. */
  readonly isMoved: boolean;
}

/** Opens both places, and refuses what would fail later. Only the schema is written, to the target. */
export const openPlaces = async (config: Config): Promise<Places> => {
  const { data, databaseUrl, blobsUrl, masterKey } = config;
  if (databaseUrl === undefined || blobsUrl === undefined || masterKey === undefined) {
    throw new Error(
      'migrate-storage moves the data folder into TIDEGATE_DATABASE_URL (postgres://…) and TIDEGATE_BLOBS_URL (s3://…); set both',
    );
  }
  const file = join(data, DATABASE);
  refuseAbsentInstallation(data);
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(DataFolder.open(data, { lock: true }));
  const db = openSqliteReader(new DatabaseSync(file, { readOnly: true }));
  stack.defer(() => db.destroy());
  const marker = await findInstallation(db, BLOB_STORE_MARKER);
  if (marker === undefined)
    throw new Error(`the installation in ${data} was never started; there is nothing to move`);
  await assertOpensKeys(db, masterKey, folder.file('master.key'));
  const blobs = stack.use(new FilesystemBlobStore({ root: folder.file('blobs') }));
  const { fault } = await judgePosition({ db, store: blobs, installation: marker, alone: true });
  if (fault) throw new Error(fault.message);

  const { PostgresDatabase } = await import('../database/postgres.ts');
  const { S3BlobStore } = await import('../blobs/s3.ts');
  const database = stack.use(await PostgresDatabase.open(databaseUrl));
  const bucket = stack.use(await S3BlobStore.open({ url: blobsUrl }));
  await assertSameSchema(db, database.db);
  const isMoved = await judgeTarget(database.db, bucket, marker);
  const resources = stack.move();
  return {
    source: { db, blobs, marker },
    target: { database, blobs: withSmallBlobs(bucket, database) },
    isMoved,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};

const assertOpensKeys = async (db: Db, bytes: Buffer, file: string): Promise<void> => {
  const masterKey = new MasterKey(bytes);
  try {
    for (const { id, sealed } of await allSigningKeys(db)) masterKey.open(id, sealed);
  } catch (cause) {
    throw new Error(
      `the master key given is not the one of this installation; where none was ever configured it is in ${file} (TIDEGATE_MASTER_KEY_FILE=${file})`,
      { cause },
    );
  }
};

/** The new place has this program's schema. The old one is not changed, so it must have the same schema already. */
const assertSameSchema = async (source: Db, target: Db): Promise<void> => {
  const [old, current] = [await executedMigrations(source), await executedMigrations(target)];
  const missing = [...current.difference(old)];
  const unknown = [...old.difference(current)];
  if (missing.length > 0) {
    throw new Error(
      `the schema of the data folder is older (it lacks ${missing.join(', ')}): start this version on it once, stop it, and run this again`,
    );
  }
  if (unknown.length > 0)
    throw new Error(
      `the data folder belongs to a newer version (schema ${unknown.join(', ')}); use that one`,
    );
};

/** Answers whether the installation is there already; refuses a place that holds another one. */
const judgeTarget = async (db: Db, bucket: BlobStore, marker: string): Promise<boolean> => {
  const there = await findInstallation(db, BLOB_STORE_MARKER);
  if (there === marker) return true;
  const begun = await findProgress(db);
  if (there !== undefined || (begun !== undefined && begun.from !== marker))
    throw new Error('the database holds another installation; give an empty one (TIDEGATE_DATABASE_URL)');
  for await (const key of bucket.list(INSTALLATION_FOLDER)) {
    if (key !== marker)
      throw new Error('the bucket holds another installation; give an empty prefix (TIDEGATE_BLOBS_URL)');
  }
  return false;
};
