import type { BlobFiles, BlobRedirects, BlobStore } from './blobs/blob-store.ts';
import type { Clock } from './clock.ts';
import { DataFolder } from './config/data-folder.ts';
import type { Config } from './config/settings.ts';
import type { Database } from './database/database.ts';
import type { SqliteOptions } from './database/sqlite.ts';
import { matchEngines, openBlobs, openDatabase } from './engines.ts';
import { MasterKey } from './identity/room.ts';
import { ByteHold, StoragePosition } from './lifecycle/room.ts';
import type { Log } from './observe/log.ts';

/** What a server keeps everything in: the data folder, the database, the bytes, which belong together. */
export interface Stores extends AsyncDisposable {
  readonly folder: DataFolder;
  readonly masterKey: MasterKey;
  readonly database: Database;
  /** The bytes themselves, for what copies them. */
  readonly blobs: BlobStore;
  /** Ways to the bytes past this process. */
  readonly direct: Partial<BlobRedirects & BlobFiles>;
  /** The same, for all others: what is removed waits while a backup copies. */
  readonly store: BlobStore;
  readonly byteHold: ByteHold;
  /** The id of the installation: the name of its first bytes. */
  readonly installation: string;
  /** Where the database stands beside the bytes. */
  readonly position: StoragePosition;
}

export const openStores = async (
  config: Config,
  { clock, log, ...options }: SqliteOptions & { clock: Clock; log: Log },
): Promise<Stores> => {
  await using stack = new AsyncDisposableStack();
  const isEmbedded = config.databaseUrl === undefined || config.blobsUrl === undefined;
  const folder = stack.use(DataFolder.open(config.data, { lock: isEmbedded }));
  const masterKey = new MasterKey(config.masterKey ?? folder.masterKey());
  const database = stack.use(await openDatabase(config, folder, { log, ...options }));
  const { store: blobs, direct } = stack.use(await openBlobs(config, folder, database));
  const installation = await matchEngines(database, blobs, clock);
  const position = stack.use(new StoragePosition({ database, store: blobs, clock, installation }));
  await position.start(log);
  const byteHold = new ByteHold(database, clock);
  const resources = stack.move();
  return {
    folder,
    masterKey,
    database,
    blobs,
    direct,
    store: byteHold.guard(blobs),
    byteHold,
    installation,
    position,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
};
