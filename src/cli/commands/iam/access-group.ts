import type { AccessGroup } from '../../../wire/access-groups.ts';
import { ACCESS_GROUP } from '../../arguments.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, FORCE, NO_QUESTION, OUTPUT } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Input } from '../../input.ts';
import { accessGroupNamed, profileNamed, serviceIdNamed, userNamed } from '../../named.ts';
import { confirmOrStop } from '../../prompt.ts';
import { profiles, serviceIds, users } from '../../suggestions.ts';
import { table } from '../../table.ts';

const details = (group: AccessGroup): string[] =>
  table([
    ['ID', group.id],
    ['Name', group.name],
    ['Description', group.description ?? ''],
    ['Created At', group.created_at ?? ''],
  ]);

const memberAsked = async (connection: Connection, input: Input): Promise<string | undefined> => {
  const [user, service, profile] = [input.text('user'), input.text('serviceId'), input.text('profile')];
  if ([user, service, profile].filter((each) => each !== undefined).length > 1) {
    throw new CliError(EXIT.USAGE, 'Use one of -u, -s and -p.');
  }
  if (user !== undefined) return (await userNamed(connection, user)).id;
  if (service !== undefined) return (await serviceIdNamed(connection, service)).iam_id;
  return profile === undefined ? undefined : (await profileNamed(connection, profile)).iam_id;
};

const list: Command = {
  name: 'access-groups',
  summary: 'List the access groups of the account, or those of one member',
  flags: [
    { flags: '-u, --user <user>', summary: 'Those with this user', suggest: users },
    {
      flags: '-s, --service-id <service_id>',
      summary: 'Those with this service ID',
      suggest: serviceIds,
    },
    {
      flags: '-p, --profile <profile>',
      summary: 'Those with this trusted profile',
      suggest: profiles,
    },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const connection = await connect();
    const member = await memberAsked(connection, input);
    io.begin('Getting access groups');
    const groups = await connection.iam.accessGroups.list(member);
    if (input.json) return io.json(groups);
    const rows = groups.map(({ name, id, description }) => [name, id, description || '-']);
    io.lines(table([['Name', 'ID', 'Description'], ...rows]));
    io.ok();
  },
};

const get: Command = {
  name: 'access-group',
  summary: 'Show an access group',
  args: [ACCESS_GROUP],
  flags: [{ flags: '--id', summary: 'Show its ID and nothing else' }, OUTPUT],
  async run({ io, connect }, input) {
    const word = input.argument('group');
    const connection = await connect();
    if (input.on('id')) io.resultsOnly();
    io.begin(`Getting access group '${word}'`);
    const group = await accessGroupNamed(connection, word);
    if (input.json) return io.json(group);
    if (input.on('id')) return io.line(group.id);
    io.lines(details(group));
    io.ok();
  },
};

const create: Command = {
  name: 'access-group-create',
  summary: 'Create an access group: every member has its policies',
  args: [{ name: 'name', summary: 'Name of the access group' }],
  flags: [{ flags: '-d, --description <text>', summary: 'What it is for' }, OUTPUT],
  async run({ io, connect }, input) {
    const name = input.argument('name');
    const { iam } = await connect();
    io.begin(`Creating access group '${name}'`);
    const group = await iam.accessGroups.create({ name, ...input.given({ description: 'description' }) });
    if (input.json) return io.json(group);
    io.lines(details(group));
    io.ok();
  },
};

const update: Command = {
  name: 'access-group-update',
  summary: 'Rename or describe an access group',
  args: [ACCESS_GROUP],
  flags: [
    { flags: '-n, --name <name>', summary: 'Its new name' },
    { flags: '-d, --description <text>', summary: 'Its new description' },
    NO_QUESTION,
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await accessGroupNamed(connection, input.argument('group'));
    io.begin(`Updating access group '${name}'`);
    const change = input.given({ name: 'name', description: 'description' });
    const group = await connection.iam.accessGroups.update(id, change);
    if (input.json) return io.json(group);
    io.lines(details(group));
    io.ok();
  },
};

const remove: Command = {
  name: 'access-group-delete',
  summary: 'Delete an access group with its policies',
  args: [ACCESS_GROUP],
  flags: [FORCE, { flags: '-r, --recursive', summary: 'Delete it although it has members' }],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await accessGroupNamed(connection, input.argument('group'));
    await confirmOrStop(io, `Delete access group '${name}' (${id}) with its policies?`, input.on('force'));
    io.begin(`Deleting access group '${name}'`);
    await connection.iam.accessGroups.remove(id, input.on('recursive'));
    io.say(`Successfully deleted access group '${name}'`);
    io.ok();
  },
};

export const accessGroupCommands: readonly Command[] = [list, get, create, update, remove];
