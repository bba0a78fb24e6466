import { RESOURCE_GROUP } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type Command, FORCE, NO_QUESTION, OUTPUT } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { resourceGroupNamed } from '../named.ts';
import { confirmOrStop } from '../prompt.ts';
import { table } from '../table.ts';

const list: Command = {
  name: 'groups',
  summary: 'List the resource groups of the account',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { iam } = await connect();
    io.begin('Getting resource groups');
    const groups = await iam.resourceGroups.list();
    if (input.json) return io.json(groups);
    const rows = groups.map((group) => [group.name, group.id, String(group.default), group.state]);
    io.lines(table([['Name', 'ID', 'Default Group', 'State'], ...rows]));
    io.ok();
  },
};

const get: Command = {
  name: 'group',
  summary: 'Show a resource group',
  args: [RESOURCE_GROUP],
  flags: [{ flags: '--id', summary: 'Show its ID and nothing else' }, OUTPUT],
  async run({ io, connect }, input) {
    const word = input.argument('group');
    const connection = await connect();
    if (input.on('id')) io.resultsOnly();
    io.begin(`Getting resource group '${word}'`);
    const group = await resourceGroupNamed(connection, word);
    if (input.json) return io.json(group);
    if (input.on('id')) return io.line(group.id);
    io.lines(
      table([
        ['Name', group.name],
        ['ID', group.id],
      ]),
    );
    io.ok();
  },
};

const create: Command = {
  name: 'group-create',
  summary: 'Create a resource group',
  args: [{ name: 'name', summary: 'Name of the resource group' }],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const name = input.argument('name');
    const { iam } = await connect();
    io.begin(`Creating resource group '${name}'`);
    const id = await iam.resourceGroups.create(name);
    if (input.json) return io.json({ id, name });
    io.say(`Resource group '${name}' was created with the ID '${id}'.`);
    io.ok();
  },
};

const update: Command = {
  name: 'group-update',
  summary: 'Rename a resource group',
  args: [RESOURCE_GROUP],
  flags: [{ flags: '-n, --name <name>', summary: 'Its new name' }, NO_QUESTION],
  async run({ io, connect }, input) {
    const connection = await connect();
    const name = input.text('name');
    if (name === undefined) throw new CliError(EXIT.USAGE, 'Give the new name: -n NAME.');
    const group = await resourceGroupNamed(connection, input.argument('group'));
    io.begin(`Updating resource group '${group.name}'`);
    await connection.iam.resourceGroups.rename(group.id, name);
    io.say(`Resource group '${group.name}' is now '${name}'.`);
    io.ok();
  },
};

const remove: Command = {
  name: 'group-delete',
  summary: 'Delete an empty resource group',
  args: [RESOURCE_GROUP],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await resourceGroupNamed(connection, input.argument('group'));
    await confirmOrStop(io, `Delete resource group '${name}' (${id})?`, input.on('force'));
    io.begin(`Deleting resource group '${name}'`);
    await connection.iam.resourceGroups.remove(id);
    io.say(`Successfully deleted resource group '${name}'`);
    io.ok();
  },
};

export const resourceGroupCommands: readonly Command[] = [list, get, create, update, remove];
