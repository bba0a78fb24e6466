import { firstNumberOf } from '../audit/events/room.ts';
import {
  fillRows,
  finishRestore,
  inspectRows,
  type Restorable,
  type RowFileContent,
  refuseNewer,
  replayRevocations,
} from '../backup/room.ts';
import type { Clock } from '../clock.ts';
import { disableUserKeys, endTokensOfBefore, type MasterKey, renewSigningKeys } from '../identity/room.ts';
import { systemActor } from '../principal.ts';
import { POSITION, restoreWebhooks } from '../webhooks/room.ts';
import type { RestoreArguments } from './restore-arguments.ts';
import { refuseDamage, restoreBytes } from './restore-bytes.ts';
import type { RestorePlaces } from './restore-places.ts';
import type { RestoreReport } from './restore-report.ts';
import type { Say } from './stored-blobs.ts';

/** The fact that tells how often an installation was restored: what was given out before ends with each time. */
export const GENERATION = 'restore-generation';

const actor = systemActor('restore');

/** Reads all rows once before anything is written: they are whole, this version knows them, and the key is theirs. */
export const inspect = async (snapshot: Restorable, masterKey: MasterKey): Promise<RowFileContent> => {
  const content = await inspectRows(snapshot.rows());
  refuseNewer(content.head);
  try {
    for (const { id, sealed } of content.signingKeys) masterKey.open(id, sealed);
  } catch (cause) {
    throw new Error(
      'the master key given does not open the signing keys of the backup. Nothing was written',
      { cause },
    );
  }
  return content;
};

interface Fact {
  readonly name: string;
  readonly value: string;
}

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
  const revocations = await replayRevocations(filling, snapshot, masterKey, clock.now());
  const disabled = await disableRevived(restoring);
  await renewSigningKeys(filling, masterKey, clock, actor);
  const generation = 1 + Number(content.facts.find(({ name }) => name === GENERATION)?.value ?? 0);
  const droppedDeliveries = await restoreWebhooks(filling);
  await filling.settle();
  const facts = [
    ...content.facts.filter(({ name }) => name !== GENERATION).map((fact) => ofHistory(fact, generation)),
    { name: GENERATION, value: String(generation) },
  ];
  await filling.write(finishRestore, { facts, snapshot: snapshot.id, at: clock.now(), actor });
  await filling.settle();
  return { snapshot, generation, revocations, disabled, droppedDeliveries, damaged: damaged.length };
};

/** Webhooks are told of what happens from here on: the events of a restored log have numbers of their own. */
const ofHistory = (fact: Fact, generation: number): Fact =>
  fact.name === POSITION ? { ...fact, value: String(firstNumberOf(generation) - 1) } : fact;

/** Whatever the journal tells: who asks for it may know of revocations that it does not have. */
const disableRevived = async ({ places, own, clock }: Restoring): Promise<number | undefined> =>
  own.revived === 'keep' ? undefined : disableUserKeys(places.filling, clock, actor);
