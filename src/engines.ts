import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import packageJson from '../package.json' with { type: 'json' };
// every write and what rooms add to another's, for the engine that runs them in this thread
import './writes.ts';
import { parseSealingKey } from './backup/room.ts';
import type { BlobFiles, BlobRedirects, BlobStore } from './blobs/blob-store.ts';
import { FilesystemBlobStore } from './blobs/filesystem.ts';
import type { Clock } from './clock.ts';
import { DATABASE, type DataFolder } from './config/data-folder.ts';
import type { Config } from './config/settings.ts';
import type { Database } from './database/database.ts';
import { changeInstallation, findInstallation, rememberInstallation } from './database/installation.ts';
import type { RowsPlace } from './database/pinned-reads.ts';
import { SqliteDatabase, type SqliteOptions } from './database/sqlite.ts';
import { findProgress } from './database/table-copy.ts';
import type { Log } from './observe/log.ts';
import { digestOf } from './oci/digest.ts';
import { type SmallBlobRows, withSmallBlobs } from './registry/room.ts';
import { FORM } from './release.ts';

export const VERSION: string = packageJson.version;

const WRITES = FORM === 'sources' ? new URL('./writes.ts', import.meta.url).href : undefined;

/** The database engine the settings name: SQLite in the data folder, or PostgreSQL (loaded only then). */
export const openDatabase = async (
  config: Config,
  folder: DataFolder,
  { log, ...options }: SqliteOptions & { log?: Log } = {},
): Promise<Database> => {
  const database = await openEngine(config, folder, { ...options, ...(log && { log }) });
  const begun = await findProgress(database.db);
  if (begun === undefined) return database;
  await database[Symbol.asyncDispose]();
  throw new Error(
    `the database is the unfinished target of tidegate ${begun.by ?? 'migrate-storage'}; run that again to its end, or give another one`,
  );
};

const openEngine = async (
  { databaseUrl }: Config,
  folder: DataFolder,
  options: SqliteOptions & { log?: Log },
): Promise<Database> => {
  if (databaseUrl === undefined) return SqliteDatabase.open(folder.file(DATABASE), WRITES, options);
  const { PostgresDatabase } = await import('./database/postgres.ts');
  return PostgresDatabase.open(databaseUrl, options);
};

/** Where all bytes are: small ones in rows of the database, the others in the blob store that the settings name. */
export interface OpenedBlobs extends AsyncDisposable {
  readonly store: BlobStore;
  /** Ways to the bytes past this process, of those that are not in rows. */
  readonly direct: Partial<BlobRedirects & BlobFiles>;
}

export const openBlobs = async (
  config: Config,
  folder: DataFolder,
  rows: SmallBlobRows,
): Promise<OpenedBlobs> => {
  const large = await openLargeBlobs(config, folder);
  return {
    store: withSmallBlobs(large, rows),
    direct: large,
    [Symbol.asyncDispose]: () => large[Symbol.asyncDispose](),
  };
};

/** The blob store the settings name: files in the data folder, or S3 (loaded only then). */
export const openLargeBlobs = async (
  config: Config,
  folder: DataFolder,
): Promise<BlobStore & Partial<BlobRedirects & BlobFiles> & AsyncDisposable> => {
  if (config.blobsUrl === undefined) return FilesystemBlobStore.open({ root: folder.file('blobs') });
  const { S3BlobStore } = await import('./blobs/s3.ts');
  return S3BlobStore.open({ url: config.blobsUrl });
};

/** What the settings say of backups. Relative folders are those of this process. */
export const backupSettings = (config: Config, folder: DataFolder) => {
  const { backupTo: to, backupRoot, backupEvery: every, backupPublicKey } = config;
  const root = backupRoot ?? join(dirname(folder.path), 'backups');
  const absolute = (place: string): string => (place.startsWith('s3:') ? place : resolve(place));
  const place: RowsPlace =
    config.databaseUrl === undefined
      ? { engine: 'sqlite', file: folder.file(DATABASE) }
      : { engine: 'postgres', url: config.databaseUrl };
  return {
    place,
    places: { root: absolute(root), to: to === undefined ? undefined : absolute(to), data: folder.path },
    every,
    publicKey: backupPublicKey === undefined ? undefined : parseSealingKey(backupPublicKey),
  };
};

/** The fact that names the blob written at the first start, and the folder of the blob store it lies in. */
export const BLOB_STORE_MARKER = 'blob-store';
export const INSTALLATION_FOLDER = 'installation';

/**
 * Makes sure that these bytes belong to this database: a blob written at the first start must be there. A replica with
 * another bucket or folder would answer "unknown" to everything and lose what it is given, so it does not start. Answers the
 * blob's name, which is the installation's id too.
 */
export const matchEngines = async (database: Database, blobs: BlobStore, clock: Clock): Promise<string> => {
  const known = await findInstallation(database.db, BLOB_STORE_MARKER);
  const key = known ?? (await writeMarker(database, blobs, clock));
  if ((await blobs.stat(key)) !== undefined) return key;
  throw new Error(
    'the blob store is not the one this database was created with; check TIDEGATE_BLOBS_URL (or TIDEGATE_DATA) and TIDEGATE_DATABASE_URL',
  );
};

/**
 * The blob store's redirects, if the settings want them. Clients send their Authorization header along to the host they
 * were given it for, whatever the port, and S3 refuses a request with two kinds of credentials: so the host must be another.
 */
export const openRedirects = async (
  { blobRedirect }: Config,
  blobs: Partial<BlobRedirects>,
  ownHosts: readonly string[],
): Promise<((key: string) => Promise<string>) | undefined> => {
  const host = await (blobRedirect === undefined ? undefined : blobs.host);
  if (blobRedirect === undefined || host === undefined) return undefined;
  if (ownHosts.includes(host)) {
    throw new Error(
      `TIDEGATE_BLOB_REDIRECT would send clients to ${host}, which is this registry's own host name, and S3 would refuse what they send along; give the bucket another name (public_endpoint in TIDEGATE_BLOBS_URL)`,
    );
  }
  return async (key) => (await blobs.address?.(key, Math.floor(blobRedirect / 1000))) ?? '';
};

/** Under which internal address of its own a proxy finds the file of a blob. */
export type ProxyFile = (key: string, size: number) => Promise<string | undefined>;

/** The files of the blob store as a proxy sends them, if the settings want that. */
export const openProxyFiles = ({ sendFile }: Config, blobs: Partial<BlobFiles>): ProxyFile | undefined => {
  if (sendFile === undefined) return undefined;
  return async (key, size) => {
    const file = await blobs.fileOf?.(key, size);
    return file === undefined ? undefined : sendFile + file;
  };
};

const ISSUER = 'issuer';

/**
 * Makes sure that all replicas issue tokens under one name. A replica with another one does not start beside the others;
 * one that starts alone changes it for all.
 */
export const matchIssuer = async (database: Database, issuer: string, log: Log): Promise<void> => {
  if (database.alone) return;
  const known = await database.write(rememberInstallation, { name: ISSUER, value: issuer });
  if (known === issuer) return;
  if ((await database.others()) > 0) {
    throw new Error(
      `the other replicas answer as ${known}, and TIDEGATE_EXTERNAL_URL here is ${issuer}: each would refuse the other's tokens; set ${known}, or stop all replicas to change it`,
    );
  }
  await database.write(changeInstallation, { name: ISSUER, value: issuer });
  log.warn({ from: known, to: issuer }, 'the external URL has changed: access tokens under the old one end');
};

/** Replicas that start together each write a marker; one is remembered, the others take theirs away. */
const writeMarker = async (database: Database, blobs: BlobStore, clock: Clock): Promise<string> => {
  const bytes = Buffer.from(`Tidegate installation, begun ${new Date(clock.now()).toISOString()}\n`);
  const staging = await blobs.begin(INSTALLATION_FOLDER);
  await blobs.append(staging, 0, Readable.from([bytes]));
  const { key } = await blobs.seal(staging, digestOf(bytes));
  const remembered = await database.write(rememberInstallation, { name: BLOB_STORE_MARKER, value: key });
  if (remembered !== key) await blobs.remove(key);
  return remembered;
};
