import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BlobStore } from '../blobs/blob-store.ts';
import { DATABASE, DataFolder } from '../config/data-folder.ts';
import type { Config } from '../config/settings.ts';
import { key32 } from '../config/values.ts';
import { type Filling, judgeVacancy, openFilling } from '../database/filling.ts';
import type { RowsPlace } from '../database/pinned-reads.ts';
import { INSTALLATION_FOLDER, openBlobs, openLargeBlobs } from '../engines.ts';

/** Where an installation is restored to. */
export interface RestorePlaces extends AsyncDisposable {
  readonly filling: Filling;
  readonly blobs: BlobStore;
}

const rowsPlaceOf = ({ data, databaseUrl }: Config): RowsPlace =>
  databaseUrl === undefined
    ? { engine: 'sqlite', file: join(resolve(data), DATABASE) }
    : { engine: 'postgres', url: databaseUrl };

/** The key that the settings give, or the one that lies in the folder. None is ever made here. */
export const masterKeyOf = ({ data, masterKey }: Config): Buffer => {
  if (masterKey !== undefined) return masterKey;
  const file = join(data, 'master.key');
  if (!existsSync(file))
    throw new Error(
      `a backup does not hold the master key: put the copy that you keep of it at ${file}, or name it with TIDEGATE_MASTER_KEY_FILE`,
    );
  return key32(readFileSync(file, 'utf8').trim());
};

/**
 * Refuses a place that holds anything but what an earlier run of the same restore left; only reads. Answers whether there
 * is such a run to go on with.
 */
export const judgePlaces = async (config: Config, from: string): Promise<{ goesOn: boolean }> => {
  const vacancy = await judgeVacancy(rowsPlaceOf(config));
  if (vacancy.kind === 'taken')
    throw new Error(
      `the place to restore to is not empty: it has ${vacancy.by}; give an empty one (${settingsOf(config)})`,
    );
  if (vacancy.kind === 'unfinished') {
    const { by, from: begun } = vacancy.progress;
    if (by === 'restore' && begun === from) return { goesOn: true };
    const what = by === 'restore' ? `tidegate restore --snapshot ${begun}` : 'tidegate migrate-storage';
    throw new Error(
      `the place to restore to is the unfinished target of ${what}; run that again, or give an empty place`,
    );
  }
  refuseFilledFolder(config);
  return { goesOn: false };
};

const settingsOf = ({ databaseUrl }: Config): string =>
  databaseUrl === undefined ? 'TIDEGATE_DATA' : 'TIDEGATE_DATABASE_URL';

/** The key, the lock, what a file system puts there itself, and what a killed run left of the database. */
const HARMLESS = /^(master\.key|lock|lock\.pid|lost\+found|tidegate\.db\.restoring(-\w+)?)$/;

/** An old log beside a new database would be replayed into it, so not even that may lie there. */
const refuseFilledFolder = ({ data, databaseUrl, blobsUrl }: Config): void => {
  if ((databaseUrl !== undefined && blobsUrl !== undefined) || !existsSync(data)) return;
  const found = readdirSync(data).find((name) => !HARMLESS.test(name));
  if (found !== undefined)
    throw new Error(
      `the folder ${data} is not empty: it has ${found}. Restore into an empty folder, in which only a copy of master.key may lie`,
    );
};

/** Opens what `judgePlaces` has found empty or unfinished. From here on a server refuses to start there. */
export const openRestorePlaces = async (
  config: Config,
  from: string,
  migrations: readonly string[],
  marker: string,
): Promise<RestorePlaces> => {
  await using stack = new AsyncDisposableStack();
  const isRemote = config.databaseUrl !== undefined && config.blobsUrl !== undefined;
  const folder = DataFolder.open(config.data, { lock: !isRemote });
  stack.use(folder);
  if (config.blobsUrl !== undefined) await refuseFilledBucket(config, folder, from, marker);
  const begun = { from, by: 'restore', tables: {} } as const;
  const filling = stack.use(await openFilling(rowsPlaceOf(config), migrations, begun));
  const { store: blobs } = stack.use(await openBlobs(config, folder, filling));
  const resources = stack.move();
  return { filling, blobs, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

/** Where a restore was begun, the bucket may hold the marker that it wrote. */
const refuseFilledBucket = async (
  config: Config,
  folder: DataFolder,
  from: string,
  marker: string,
): Promise<void> => {
  const { goesOn } = await judgePlaces(config, from);
  await using bucket = await openLargeBlobs(config, folder);
  for await (const key of bucket.list(INSTALLATION_FOLDER))
    if (!goesOn || key !== marker)
      throw new Error('the bucket holds an installation; give an empty prefix (TIDEGATE_BLOBS_URL)');
};
