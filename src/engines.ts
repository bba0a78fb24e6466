import { Readable } from 'node:stream';
import type { BlobStore } from './blobs/blob-store.ts';
import { FilesystemBlobStore } from './blobs/filesystem.ts';
import type { Clock } from './clock.ts';
import type { DataFolder } from './config/data-folder.ts';
import type { Config } from './config/settings.ts';
import type { Metadata } from './metadata/database.ts';
import { findInstallation, rememberInstallation } from './metadata/installation.ts';
import { SqliteMetadata } from './metadata/sqlite.ts';
import { findProgress } from './metadata/table-copy.ts';
import type { Log } from './observe/log.ts';
import { digestOf } from './oci/digest.ts';

const WRITES = new URL('./writes.ts', import.meta.url).href;

/** The metadata engine the settings name: SQLite in the data folder, or PostgreSQL (loaded only then). */
export const openMetadata = async (config: Config, folder: DataFolder, log?: Log): Promise<Metadata> => {
  if (config.databaseUrl === undefined) return SqliteMetadata.open(folder.file('tidegate.db'), WRITES);
  const { PostgresMetadata } = await import('./metadata/postgres.ts');
  const metadata = await PostgresMetadata.open(config.databaseUrl, log ? { log } : {});
  if ((await findProgress(metadata.db)) === undefined) return metadata;
  await metadata[Symbol.asyncDispose]();
  throw new Error(
    'the database is the unfinished target of tidegate migrate-storage; run that again to its end, or give another one',
  );
};

/** The blob store the settings name: files in the data folder, or S3 (loaded only then). */
export const openBlobs = async (config: Config, folder: DataFolder): Promise<BlobStore & AsyncDisposable> => {
  if (config.blobsUrl === undefined) return FilesystemBlobStore.open({ root: folder.file('blobs') });
  const { S3BlobStore } = await import('./blobs/s3.ts');
  return S3BlobStore.open({ url: config.blobsUrl });
};

/** The fact that names the blob written at the first start, and the folder of the blob store it lies in. */
export const BLOB_STORE_MARKER = 'blob-store';
export const INSTALLATION_FOLDER = 'installation';

/**
 * Makes sure that these bytes belong to this database: a blob written at the first start must be there. A replica with
 * another bucket or folder would answer "unknown" to everything and lose what it is given, so it does not start.
 */
export const matchEngines = async (metadata: Metadata, blobs: BlobStore, clock: Clock): Promise<void> => {
  const known = await findInstallation(metadata.db, BLOB_STORE_MARKER);
  const key = known ?? (await writeMarker(metadata, blobs, clock));
  if ((await blobs.stat(key)) !== undefined) return;
  throw new Error(
    'the blob store is not the one this database was created with; check TIDEGATE_BLOBS_URL (or TIDEGATE_DATA) and TIDEGATE_DATABASE_URL',
  );
};

/** Replicas that start together each write a marker; one is remembered, the others take theirs away. */
const writeMarker = async (metadata: Metadata, blobs: BlobStore, clock: Clock): Promise<string> => {
  const bytes = Buffer.from(`Tidegate installation, begun ${new Date(clock.now()).toISOString()}\n`);
  const staging = await blobs.begin(INSTALLATION_FOLDER);
  await blobs.append(staging, 0, Readable.from([bytes]));
  const { key } = await blobs.seal(staging, digestOf(bytes));
  const remembered = await metadata.write(rememberInstallation, { name: BLOB_STORE_MARKER, value: key });
  if (remembered !== key) await blobs.remove(key);
  return remembered;
};
