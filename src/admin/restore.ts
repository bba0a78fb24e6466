import { createInterface } from 'node:readline/promises';
import {
  fillRows,
  finishRestore,
  inspectRows,
  openRestorable,
  type Restorable,
  type Revocations,
  type RowFileContent,
  refuseNewer,
  replayRevocations,
} from '../backup/room.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';
import type { Config } from '../config/settings.ts';
import { disableUserKeys, endTokensOfBefore, type MasterKey, renewSigningKeys } from '../identity/room.ts';
import { systemActor } from '../principal.ts';
import type { RestoreArguments } from './restore-arguments.ts';
import { refuseDamage, restoreBytes } from './restore-bytes.ts';
import { judgePlaces, masterKeyOf, openRestorePlaces, type RestorePlaces } from './restore-places.ts';
import { printJson, printReport, type RestoreReport } from './restore-report.ts';
import type { Say } from './stored-blobs.ts';

/** The fact that tells how often an installation was restored: what was given out before ends with each time. */
export const GENERATION = 'restore-generation';

const actor = systemActor('restore');

/**
 * `tidegate restore`: builds the installation of a backup in an empty place. It may be killed at any time and run again;
 * until its end no server starts on the place.
 */
export const restore = async ({ config }: Loaded, own: RestoreArguments): Promise<number> => {
  const say: Say = (line) => void (own.json ? process.stderr : process.stdout).write(`${line}\n`);
  await using source = await openRestorable(own);
  const { snapshot } = source;
  const masterKey = masterKeyOf(config);
  const content = await inspect(snapshot, masterKey);
  await judgePlaces(config, snapshot.id);
  if (!(await isWanted(snapshot, config, own.force))) return 1;
  await using places = await openRestorePlaces(config, snapshot.id, content.head.migrations, snapshot.marker);
  const report = await restoreInto({ places, snapshot, content, masterKey, own, clock: systemClock, say });
  const living = { db: places.filling.db, now: systemClock.now() };
  await (own.json ? printJson(report, living) : printReport(report, living, config));
  return report.damaged === 0 ? 0 : 1;
};

/** Reads all rows once before anything is written: they are whole, this version knows them, and the key is theirs. */
export const inspect = async (snapshot: Restorable, masterKey: MasterKey): Promise<RowFileContent> => {
  const content = await inspectRows(snapshot.rows());
  refuseNewer(content.head);
  try {
    for (const { id, sealed } of content.signingKeys) masterKey.open(id, sealed);
  } catch (cause) {
    throw new Error(
      'the master key given is not the one of the backup: nothing it sealed would open, and no key or token would work. Nothing was written',
      { cause },
    );
  }
  return content;
};

interface Restoring {
  readonly places: RestorePlaces;
  readonly snapshot: Restorable;
  readonly content: RowFileContent;
  readonly masterKey: MasterKey;
  readonly own: Pick<RestoreArguments, 'revived' | 'withoutDamaged'>;
  readonly clock: Clock;
  readonly say: Say;
}

/** Each step may be repeated; the last one makes the place an installation. */
export const restoreInto = async (restoring: Restoring): Promise<RestoreReport> => {
  const { places, snapshot, content, masterKey, own, clock, say } = restoring;
  const { filling, blobs } = places;
  await fillRows(filling, snapshot.rows(), {
    onTable: (name, rows) => {
      if (rows > 0) say(`Table restored: ${name}, ${rows} rows`);
    },
  });
  const damaged = await restoreBytes({ db: filling.db, store: blobs, from: snapshot }, say);
  refuseDamage(damaged, own.withoutDamaged, say);
  await filling.migrateUp();
  await filling.write(endTokensOfBefore, { at: clock.now() });
  const revocations = await replayRevocations(filling, snapshot);
  const disabled = await disableRevived(restoring, revocations);
  await renewSigningKeys(filling, masterKey, clock, actor);
  const generation = 1 + Number(content.facts.find(({ name }) => name === GENERATION)?.value ?? 0);
  await filling.settle();
  const facts = [
    ...content.facts.filter(({ name }) => name !== GENERATION),
    { name: GENERATION, value: String(generation) },
  ];
  await filling.write(finishRestore, { facts, snapshot: snapshot.id, at: clock.now(), actor });
  await filling.settle();
  return { snapshot, generation, revocations, disabled, damaged: damaged.length };
};

/** Where the journal tells what was revoked, nothing else has to be guessed. */
const disableRevived = async (
  { places, own, clock }: Restoring,
  { current }: Revocations,
): Promise<number | undefined> =>
  current || own.revived === 'keep' ? undefined : disableUserKeys(places.filling, clock, actor);

const isWanted = async ({ id, at, blobs }: Restorable, config: Config, force: boolean): Promise<boolean> => {
  if (force) return true;
  if (!process.stdin.isTTY)
    throw new Error('this needs a confirmation and there is no terminal to ask on; use -f to go ahead');
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
