import { createInterface } from 'node:readline/promises';
import { openRestorable, type Restorable } from '../backup/room.ts';
import { systemClock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';
import type { Config } from '../config/settings.ts';
import { MasterKey } from '../identity/room.ts';
import { drill } from './drill.ts';
import type { RestoreArguments } from './restore-arguments.ts';
import { inspect, restoreInto } from './restore-into.ts';
import { judgePlaces, masterKeyOf, openRestorePlaces } from './restore-places.ts';
import { printJson, printReport } from './restore-report.ts';
import type { Say } from './stored-blobs.ts';
import { UsageError } from './usage-error.ts';

/**
 * `tidegate restore`: builds the installation of a backup in an empty place. It may be killed at any time and run again;
 * until its end no server starts on the place.
 */
export const restore = async ({ config }: Loaded, own: RestoreArguments): Promise<number> => {
  const say: Say = (line) => void (own.json ? process.stderr : process.stdout).write(`${line}\n`);
  const keyBytes = masterKeyOf(config);
  const masterKey = new MasterKey(keyBytes);
  await using source = await openRestorable(own, masterKey);
  const { snapshot } = source;
  if (own.drill) return drill({ config: { ...config, masterKey: keyBytes }, snapshot, own, say });
  const content = await inspect(snapshot, masterKey);
  await judgePlaces(config, snapshot.id);
  if (!(await isWanted(snapshot, config, own.force))) return 1;
  await using places = await openRestorePlaces(config, snapshot.id, content.head.migrations, snapshot.marker);
  const report = await restoreInto({ places, snapshot, content, masterKey, own, clock: systemClock, say });
  const living = { db: places.filling.db, now: systemClock.now() };
  await (own.json ? printJson(report, living) : printReport(report, living, config));
  return report.damaged === 0 ? 0 : 1;
};

const isWanted = async ({ id, at, blobs }: Restorable, config: Config, force: boolean): Promise<boolean> => {
  if (force) return true;
  if (!process.stdin.isTTY)
    throw new UsageError('this needs a confirmation and there is no terminal to ask on; use -f to go ahead');
  const where = config.databaseUrl === undefined ? config.data : 'the database of TIDEGATE_DATABASE_URL';
  const question = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const time = new Date(at).toISOString();
    const answer = await question.question(
      `Restore ${id} of ${time} with ${blobs} blobs to ${where}? [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    question.close();
  }
};
