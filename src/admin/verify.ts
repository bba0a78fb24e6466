import { systemClock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';
import { openBlobs } from '../engines.ts';
import { Scrub } from '../lifecycle/room.ts';
import { systemActor } from '../principal.ts';
import { openOffline } from './offline.ts';

const USAGE = 'usage: tidegate verify [--repair]';

/** `tidegate verify`: checks everything stored against its digest. Answers 1 when anything is wrong. */
export const verify = async (
  { config }: Loaded,
  words: readonly string[],
  repair: string | undefined,
): Promise<number> => {
  if (words.length > 0 || (repair ?? 'true') !== 'true') throw new Error(USAGE);
  await using offline = await openOffline(config);
  const { database, folder } = offline;
  await using store = await openBlobs(config, folder);
  const scrub = new Scrub(
    { database, store, clock: systemClock },
    repair === undefined ? undefined : systemActor('verify'),
  );
  let wrong = 0;
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
