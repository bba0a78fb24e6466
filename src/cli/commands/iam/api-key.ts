import type { IamClient } from '../../../client/iam.ts';
import type { ApiKey } from '../../../wire/api-keys.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, FORCE, OUTPUT } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Input } from '../../input.ts';
import type { Io } from '../../io.ts';
import { KeyFile } from '../../key-file.ts';
import { confirmOrStop } from '../../prompt.ts';
import { table } from '../../table.ts';

const detailsOf = (key: ApiKey): string[][] => [
  ['ID', key.id],
  ['Name', key.name],
  ['Description', key.description ?? ''],
  ['Created At', key.created_at ?? ''],
  ['Locked', String(key.locked)],
];

const withoutSecret = ({ apikey: _, ...key }: ApiKey): ApiKey => key;

const show = (io: Io, key: ApiKey, file: KeyFile | undefined): void => {
  const secret = file ? [] : [['API Key', key.apikey ?? '']];
  io.say(
    file
      ? `The API key is in ${file.path}. It cannot be shown again.`
      : 'Keep the API key: it cannot be shown again.',
  );
  io.lines('', ...table([...detailsOf(key), ...secret]));
};

const createdBy = async (iam: IamClient, name: string, input: Input): Promise<ApiKey> => {
  const description = input.text('description');
  return iam.createApiKey({ name, ...(description === undefined ? {} : { description }) }, input.on('lock'));
};

const create: Command = {
  name: 'api-key-create',
  summary: 'Create an API key for yourself; its secret is shown once',
  args: [{ name: 'name', summary: 'Name of the key' }],
  flags: [
    { flags: '-d, --description <text>', summary: 'What the key is for' },
    { flags: '--file <path>', summary: 'Write the key to a new file and do not show it' },
    { flags: '--lock', summary: 'Lock the key against change and deletion' },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const name = input.argument('name');
    const { iam } = await connect();
    const path = input.text('file');
    using file = path === undefined ? undefined : new KeyFile(path);
    io.begin(`Creating API key '${name}'`);
    const key = await createdBy(iam, name, input);
    file?.keep(key);
    if (input.json) return io.json(file ? withoutSecret(key) : key);
    show(io, key, file);
    io.ok();
  },
};

const list: Command = {
  name: 'api-keys',
  summary: 'List your API keys',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { iam } = await connect();
    io.begin('Getting API keys');
    const keys = await iam.apiKeys();
    if (input.json) return io.json(keys);
    const rows = keys.map((key) => [
      key.name,
      key.description || '-',
      key.id,
      key.locked ? 'locked' : key.disabled ? 'disabled' : '-',
      key.created_at ?? '-',
    ]);
    io.lines(...table([['Name', 'Description', 'ID', 'State', 'Created At'], ...rows]));
    io.ok();
  },
};

/** An id is taken at its word; a name must mean one key. */
const keyNamed = async (iam: IamClient, nameOrId: string): Promise<{ id: string; name: string }> => {
  const keys = await iam.apiKeys();
  const byId = keys.find(({ id }) => id === nameOrId);
  if (byId) return byId;
  const named = keys.filter(({ name }) => name === nameOrId);
  const [only] = named;
  if (only && named.length === 1) return only;
  if (/^ApiKey-[0-9a-f-]{36}$/.test(nameOrId)) return iam.apiKey(nameOrId);
  if (!only) throw new CliError(EXIT.NOT_FOUND, `You have no API key with the name or ID '${nameOrId}'.`);
  const ids = named.map(({ id }) => id).join('\n');
  throw new CliError(
    EXIT.FAILED,
    `${named.length} API keys have the name '${nameOrId}'. Delete one by its ID:\n${ids}`,
  );
};

const remove: Command = {
  name: 'api-key-delete',
  summary: 'Delete an API key; whoever uses it is refused from then on',
  args: [{ name: 'key', summary: 'Name or ID of the key' }],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const { iam } = await connect();
    const { id, name } = await keyNamed(iam, input.argument('key'));
    await confirmOrStop(io, `Delete API key '${name}' (${id})?`, input.on('force'));
    io.begin(`Deleting API key '${name}'`);
    await iam.deleteApiKey(id);
    io.say(`Successfully deleted API key '${name}'`);
    io.ok();
  },
};

export const apiKeyCommands: readonly Command[] = [create, list, remove];
