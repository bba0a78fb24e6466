import { type Clock, systemClock } from '../clock.ts';
import type { Loaded } from '../config/load.ts';
import type { Database } from '../database/database.ts';
import { SigningKeys, tokensSignedBy } from '../identity/room.ts';
import { systemActor } from '../principal.ts';
import type { SigningKey } from '../wire/signing-keys.ts';
import type { KeysRequest } from './keys-arguments.ts';
import { openOffline } from './offline.ts';

const ACTOR = systemActor('keys');

interface Opened {
  readonly database: Database;
  readonly keys: SigningKeys;
  readonly clock: Clock;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

/** `tidegate keys …`: signing keys, offline. Rotate them as a routine; retire one that has leaked. `json`: as a server answers. */
export const signingKeys = async ({ config }: Loaded, asked: KeysRequest, json: boolean): Promise<number> => {
  await using offline = await openOffline(config);
  const { database, masterKey } = offline;
  const keys = new SigningKeys(database, masterKey);
  await keys.start(systemClock);
  const opened = { database, keys, clock: systemClock };
  if (asked.verb === 'list') await list(opened, json);
  else if (asked.verb === 'rotate') await rotate(opened, asked.purpose, json);
  else await retire(opened, asked.id, json);
  return 0;
};

/** The keys in the shape of the API. */
const shown = async (keys: SigningKeys): Promise<SigningKey[]> => {
  const found: SigningKey[] = [];
  for (const { id, purpose, createdAt, retired } of await keys.list()) {
    const state = retired ? 'retired' : (await keys.current(purpose)).id === id ? 'signs' : 'verifies';
    found.push({ id, purpose, created_at: new Date(createdAt).toISOString(), state });
  }
  return found;
};

const printOne = async (keys: SigningKeys, id: string): Promise<void> =>
  printJson((await shown(keys)).find((key) => key.id === id));

const list = async ({ keys }: Opened, json: boolean): Promise<void> => {
  const found = await shown(keys);
  if (json) return printJson(found);
  for (const { id, purpose, created_at: created, state } of found)
    print(`${id}   ${purpose}   ${created}   ${state}`);
};

const rotate = async (
  { keys, clock }: Opened,
  purpose: SigningKey['purpose'],
  json: boolean,
): Promise<void> => {
  const id = await keys.rotate(purpose, clock, ACTOR);
  if (json) return printOne(keys, id);
  print(`${id} signs from now on; older keys go on verifying`);
};

const retire = async ({ database, keys, clock }: Opened, id: string, json: boolean): Promise<void> => {
  await keys.retire(id, clock, ACTOR);
  if (json) return printOne(keys, id);
  print(`${id} is retired: nothing it signed is accepted any more`);
  for await (const token of tokensSignedBy(database, id))
    print(`registry token ${token.id}   account ${token.accountId}   ${token.description}`);
};
