import type { ApiKey } from '../../../wire/api-keys.ts';
import {
  fileText,
  isRotated,
  type KeyFamily,
  type KeyHolder,
  keyArgument,
  keyDetails,
  keyNamed,
  keysOf,
  secretRows,
  showSecret,
  withoutSecret,
} from '../../api-keys.ts';
import { type Command, FORCE, NO_QUESTION, OUTPUT } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import { EXPIRY, expiryAsked, iamDate } from '../../expiry.ts';
import type { Input } from '../../input.ts';
import { confirmOrStop } from '../../prompt.ts';
import { refuseSameName, SAME_NAME } from '../../same-name.ts';
import { SecretFile } from '../../secret-file.ts';
import { table } from '../../table.ts';
import { rotationCommands } from './api-key-rotation.ts';

const LEAKED = ['NONE', 'DISABLE', 'DELETE'];

const created = (
  connection: Connection,
  { iamId }: KeyHolder,
  input: Input,
  expiry: number | undefined,
): Promise<ApiKey> => {
  const leaked = input.text('actionIfLeaked');
  const key = {
    name: input.argument('name'),
    iam_id: iamId,
    account_id: connection.account,
    ...input.given({ description: 'description' }),
    ...(leaked === undefined ? {} : { action_when_leaked: leaked.toLowerCase() }),
    ...(expiry === undefined ? {} : { expires_at: iamDate(expiry) }),
  };
  return connection.iam.apiKeys.create(key, { 'Entity-Lock': String(input.on('lock')) });
};

const create = (family: KeyFamily): Command => ({
  name: `${family.word}-create`,
  summary: `Create an API key ${family.whose}; its secret is shown once`,
  args: [{ name: 'name', summary: 'Name of the key' }, ...family.owner],
  flags: [
    { flags: '-d, --description <text>', summary: 'What the key is for' },
    { flags: '--file <path>', summary: 'Write the key to a new file and do not show it' },
    { flags: '--lock', summary: 'Lock the key against change and deletion' },
    {
      flags: '--action-if-leaked <action>',
      summary: 'What to do when it is found in public',
      choices: LEAKED,
    },
    ...EXPIRY,
    SAME_NAME,
    OUTPUT,
  ],
  async run({ io, clock, connect }, input) {
    const connection = await connect();
    const expiry = expiryAsked(input, clock.now());
    const holder = await family.holder(connection, input);
    const others = () => keysOf(connection, holder);
    await refuseSameName('API key', input, input.argument('name'), others);
    const path = input.text('file');
    using file = path === undefined ? undefined : new SecretFile(path, 'key');
    io.begin(`Creating API key '${input.argument('name')}'${holder.of}`);
    const key = await created(connection, holder, input, expiry);
    file?.keep(fileText(key, input.json));
    if (input.json) return io.json(file ? withoutSecret(key) : key);
    showSecret(io, key, file);
    io.ok();
  },
});

const list = (family: KeyFamily): Command => ({
  name: `${family.word}s`,
  summary: `List API keys ${family.whose}`,
  args: family.owner,
  flags: [NO_QUESTION, OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const holder = await family.holder(connection, input);
    io.begin(`Getting API keys${holder.of}`);
    const keys = await keysOf(connection, holder);
    if (input.json) return io.json(keys);
    const rows = keys.map((key) => [
      key.name,
      key.description || '-',
      key.id,
      [key.locked ? 'locked' : '', key.disabled ? 'disabled' : ''].filter(Boolean).join(', ') || '-',
      key.created_at ?? '-',
      key.expires_at ?? '-',
    ]);
    io.lines(table([['Name', 'Description', 'ID', 'State', 'Created At', 'Expires At'], ...rows]));
    io.ok();
  },
});

const get = (family: KeyFamily): Command => ({
  name: family.word,
  summary: `Show an API key ${family.whose}, without its secret`,
  args: [keyArgument(family), ...family.owner],
  flags: [{ flags: '--uuid', summary: 'Show its ID and nothing else' }, NO_QUESTION, OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const holder = await family.holder(connection, input);
    if (input.on('uuid')) io.resultsOnly();
    io.begin(`Getting API key '${input.argument('key')}'${holder.of}`);
    const { id } = await keyNamed(connection, holder, input.argument('key'));
    if (input.on('uuid')) return io.line(id);
    const key = await connection.iam.apiKeys.get(id, { include_activity: 'true' });
    if (input.json) return io.json(withoutSecret(key));
    io.lines(table(keyDetails(key)));
    if (isRotated(key)) io.lines(['', ...table(secretRows(key))]);
    io.ok();
  },
});

const update = (family: KeyFamily): Command => ({
  name: `${family.word}-update`,
  summary: `Rename or describe an API key ${family.whose}`,
  args: [keyArgument(family), ...family.owner],
  flags: [
    { flags: '-n, --name <name>', summary: 'Its new name' },
    { flags: '-d, --description <text>', summary: 'Its new description' },
    SAME_NAME,
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const connection = await connect();
    const holder = await family.holder(connection, input);
    const key = await keyNamed(connection, holder, input.argument('key'));
    const others = () => keysOf(connection, holder);
    await refuseSameName('API key', input, input.text('name'), others, key.id);
    io.begin(`Updating API key '${key.name}'${holder.of}`);
    const change = input.given({ name: 'name', description: 'description' });
    const { name, description = '' } = key;
    const changed = await connection.iam.apiKeys.update(key.id, key.entity_tag, {
      name,
      description,
      ...change,
    });
    if (input.json) return io.json(withoutSecret(changed));
    io.lines(table(keyDetails(changed)));
    io.ok();
  },
});

const remove = (family: KeyFamily): Command => ({
  name: `${family.word}-delete`,
  summary: `Delete an API key ${family.whose}; it is refused from then on`,
  args: [keyArgument(family), ...family.owner],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const connection = await connect();
    const holder = await family.holder(connection, input);
    const { id, name } = await keyNamed(connection, holder, input.argument('key'));
    await confirmOrStop(io, `Delete API key '${name}' (${id})?`, input.on('force'));
    io.begin(`Deleting API key '${name}'${holder.of}`);
    await connection.iam.apiKeys.remove(id);
    io.say(`Successfully deleted API key '${name}'`);
    io.ok();
  },
});

interface Turning {
  readonly verb: string;
  readonly doing: string;
  readonly done: string;
  readonly what: 'lock' | 'disable';
  readonly on: boolean;
  readonly meaning: string;
}

const TURNS: readonly Turning[] = [
  { verb: 'lock', doing: 'Locking', done: 'locked', what: 'lock', on: true, meaning: 'it still logs in' },
  {
    verb: 'unlock',
    doing: 'Unlocking',
    done: 'unlocked',
    what: 'lock',
    on: false,
    meaning: 'it can be changed',
  },
  {
    verb: 'disable',
    doing: 'Disabling',
    done: 'disabled',
    what: 'disable',
    on: true,
    meaning: 'it is refused until it is enabled',
  },
  {
    verb: 'enable',
    doing: 'Enabling',
    done: 'enabled',
    what: 'disable',
    on: false,
    meaning: 'it logs in again',
  },
];

const turn = (family: KeyFamily, { verb, doing, done, what, on, meaning }: Turning): Command => ({
  name: `${family.word}-${verb}`,
  summary: `${verb[0]?.toUpperCase()}${verb.slice(1)} an API key ${family.whose}: ${meaning}`,
  args: [keyArgument(family), ...family.owner],
  flags: [NO_QUESTION],
  async run({ io, connect }, input) {
    const connection = await connect();
    const holder = await family.holder(connection, input);
    const { id, name } = await keyNamed(connection, holder, input.argument('key'));
    io.begin(`${doing} API key '${name}'${holder.of}`);
    await connection.iam.apiKeys.turn(id, what, on);
    io.say(`API key '${name}' is ${done}: ${meaning}.`);
    io.ok();
  },
});

/** All commands of a family. */
export const keyCommands = (family: KeyFamily): readonly Command[] => [
  list(family),
  get(family),
  create(family),
  update(family),
  remove(family),
  ...rotationCommands(family),
  ...TURNS.map((each) => turn(family, each)),
];

const self = async ({ iamId, accessTokens }: Connection): Promise<KeyHolder> => ({
  iamId,
  type: accessTokens.claims.sub_type === 'ServiceId' ? 'serviceid' : 'user',
  of: '',
});

const OWN: KeyFamily = {
  word: 'api-key',
  whose: 'of your own',
  owner: [],
  holder: self,
  suggest: async (connection) =>
    (await keysOf(connection, await self(connection))).map(({ id, name }) => ({ word: name, id })),
};

export const apiKeyCommands: readonly Command[] = keyCommands(OWN);
