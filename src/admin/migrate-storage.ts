import { type Clock, systemClock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';
import { listInstallation } from '../database/installation.ts';
import { systemActor } from '../principal.ts';
import { copyBlobs, verifyBlobs } from './migrate-storage-blobs.ts';
import { openPlaces, type Places } from './migrate-storage-places.ts';
import { beginOrGoOn, copyTables, tablesToCopy, verifyTables } from './migrate-storage-tables.ts';
import { finishCopy } from './migrate-storage-writes.ts';
import type { Say } from './stored-blobs.ts';

const say: Say = (line) => void process.stdout.write(`${line}\n`);

/**
 * `tidegate migrate-storage`: copies an embedded installation (the data folder) into the PostgreSQL database and the
 * bucket the settings name, compares all of it, and only then makes the new place an installation. It may be killed at
 * any time and run again. The folder is only read.
 */
export const migrateStorage = async ({ config }: Loaded): Promise<number> => {
  await using places = await openPlaces(config);
  if (places.isMoved) {
    say('This installation was moved there before; nothing is left to do.');
    return 0;
  }
  await tablesToCopy(places);
  const progress = await beginOrGoOn(places, say);
  await copyBlobs(places, say);
  await copyTables(places, progress, say);
  say('Comparing both places');
  await verifyTables(places, say);
  await verifyBlobs(places, say);
  await finish(places, systemClock);
  say(nextSteps(config.data));
  return 0;
};

/** The facts of the installation come last: while they are not there, no server starts on the new place. */
const finish = async ({ source, target }: Places, clock: Clock): Promise<void> => {
  const facts = await listInstallation(source.db);
  await target.database.write(finishCopy, {
    facts,
    at: clock.now(),
    actor: systemActor('migrate-storage'),
  });
};

const nextSteps = (data: string): string => `
Moved. Everything in the new place was compared with the old one.
Start each replica with the same TIDEGATE_DATABASE_URL, TIDEGATE_BLOBS_URL, TIDEGATE_EXTERNAL_URL and
TIDEGATE_MASTER_KEY_FILE (a copy of the key this command was given; readable by the server's user alone).
${data} is as it was. Do not start a server on it again: the two places would differ from then on. Keep it until
you trust the new one, and keep its master key always.`;
