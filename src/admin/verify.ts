import type { BlobStore } from '../blobs/blob-store.ts';
import { systemClock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';
import type { Database } from '../database/database.ts';
import { findInstallation } from '../database/installation.ts';
import { BLOB_STORE_MARKER, openBlobs } from '../engines.ts';
import { acceptStorage, judgePosition, newestWithoutBytes, Scrub } from '../lifecycle/room.ts';
import { systemActor } from '../principal.ts';
import { openOffline } from './offline.ts';
import { UsageError } from './usage-error.ts';

const USAGE = 'usage: tidegate verify [--repair] [--accept]';

interface Flags {
  readonly repair: string | undefined;
  readonly accept: string | undefined;
}

/** `tidegate verify`: checks everything stored against its digest. Answers 1 when anything is wrong. */
export const verify = async (
  { config }: Loaded,
  words: readonly string[],
  { repair, accept }: Flags,
): Promise<number> => {
  if (words.length > 0 || (repair ?? 'true') !== 'true' || (accept ?? 'true') !== 'true')
    throw new UsageError(USAGE);
  await using offline = await openOffline(config);
  const { database, folder } = offline;
  await using blobs = await openBlobs(config, folder, database);
  const { store } = blobs;
  const scrub = new Scrub(
    { database, store, clock: systemClock },
    repair === undefined ? undefined : systemActor('verify'),
  );
  let wrong = await checkPosition(database, store, accept !== undefined);
  for await (const event of scrub.run(new AbortController().signal)) {
    if (event.kind === 'finding') {
      const { fault, region, repository, digest, detail, repaired } = event;
      const where = repository === undefined ? region : `${region} ${repository}`;
      process.stdout.write(
        `${fault}   ${where}   ${digest}   ${detail}${repaired ? '; quarantined: push it again' : ''}\n`,
      );
      wrong++;
    } else {
      const { blobs, bytes, manifests, findings } = event;
      const line = `${blobs} blobs (${bytes} bytes) and ${manifests} manifests read, ${findings} faults\n`;
      (event.kind === 'end' ? process.stdout : process.stderr).write(line);
    }
  }
  return wrong === 0 ? 0 : 1;
};

/** Whether database and bytes are of one time; how many faults that is. */
const checkPosition = async (database: Database, store: BlobStore, accept: boolean): Promise<number> => {
  const installation = await findInstallation(database.db, BLOB_STORE_MARKER);
  // never started: nothing is stored
  if (installation === undefined) return 0;
  const place = { db: database.db, store, installation, alone: database.alone };
  const { fault } = await judgePosition(place);
  if (fault && accept) {
    await acceptStorage({ database, store, clock: systemClock, installation });
    process.stdout.write('Accepted: database and bytes are taken as they are; the server starts again\n');
  } else if (fault) process.stdout.write(`${fault.kind}   ${fault.message}\n`);
  else if (accept) process.stdout.write('There is nothing to accept: database and bytes are of one time\n');
  const { looked, missing } = await newestWithoutBytes(database.db, store);
  if (missing.length > 0) {
    const what = `${missing.length} of the ${looked} blobs that were pushed last have no bytes`;
    process.stdout.write(`${what}: the bytes are older than the database, or damaged\n`);
  }
  return fault && !accept ? 1 : 0;
};
