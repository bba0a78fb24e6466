import { type Clock, systemClock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';
import type { Database } from '../database/database.ts';
import { PURPOSES, SigningKeys, tokensSignedBy } from '../identity/room.ts';
import { systemActor } from '../principal.ts';
import { openOffline } from './offline.ts';

const ACTOR = systemActor('keys');
const USAGE = `tidegate keys list | rotate (${PURPOSES.join(' | ')}) | retire KEY`;

interface Opened {
  readonly database: Database;
  readonly keys: SigningKeys;
  readonly clock: Clock;
}

/** `tidegate keys …`: signing keys, offline. Rotate them as a routine; retire one that has leaked. */
export const signingKeys = async (
  { config }: Loaded,
  [verb, name, ...rest]: readonly string[],
): Promise<number> => {
  if (rest.length > 0 || (verb === 'list') !== (name === undefined)) throw new Error(`usage: ${USAGE}`);
  await using offline = await openOffline(config);
  const { database, masterKey } = offline;
  const keys = new SigningKeys(database, masterKey);
  await keys.start(systemClock);
  const opened = { database, keys, clock: systemClock };
  if (verb === 'list') return await list(opened);
  if (verb === 'rotate') return await rotate(opened, name ?? '');
  if (verb === 'retire') return await retire(opened, name ?? '');
  throw new Error(`usage: ${USAGE}`);
};

const list = async ({ keys }: Opened): Promise<number> => {
  for (const { id, purpose, createdAt, retired } of await keys.list()) {
    const state = retired ? 'retired' : (await keys.current(purpose)).id === id ? 'signs' : 'verifies';
    process.stdout.write(`${id}   ${purpose}   ${new Date(createdAt).toISOString()}   ${state}\n`);
  }
  return 0;
};

const rotate = async ({ keys, clock }: Opened, name: string): Promise<number> => {
  const purpose = PURPOSES.find((each) => each === name);
  if (!purpose) throw new Error(`usage: ${USAGE}`);
  process.stdout.write(
    `${await keys.rotate(purpose, clock, ACTOR)} signs from now on; older keys go on verifying\n`,
  );
  return 0;
};

const retire = async ({ database, keys, clock }: Opened, id: string): Promise<number> => {
  await keys.retire(id, clock, ACTOR);
  process.stdout.write(`${id} is retired: nothing it signed is accepted any more\n`);
  for await (const token of tokensSignedBy(database, id)) {
    process.stdout.write(`registry token ${token.id}   account ${token.accountId}   ${token.description}\n`);
  }
  return 0;
};
