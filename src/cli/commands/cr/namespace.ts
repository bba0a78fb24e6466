import type { NamespaceDetails } from '../../../wire/namespaces.ts';
import { NAMESPACE } from '../../arguments.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, type Flag, FORCE, OUTPUT } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import { EXIT } from '../../exit-codes.ts';
import { resourceGroupNamed } from '../../named.ts';
import { confirmOrStop } from '../../prompt.ts';
import { resourceGroups } from '../../suggestions.ts';
import { table } from '../../table.ts';

const GROUP: Flag = {
  flags: '-g, --resource-group <group>',
  summary: 'Name or ID of the resource group it belongs to; default: the one targeted',
  suggest: resourceGroups,
};

const ACCOUNT: Flag = {
  flags: '--account <id>',
  summary: 'For the operator: of this account, also where it is in a group already; -g takes an ID then',
};

const add: Command = {
  name: 'namespace-add',
  summary: 'Add a namespace to the account',
  args: [
    {
      name: 'namespace',
      summary: '4 to 30 lower case letters, digits, - or _; first and last a letter or digit',
    },
  ],
  flags: [GROUP],
  async run({ io, connect, file }, input) {
    const name = input.argument('namespace');
    const connection = await connect();
    const word = input.text('resourceGroup');
    const group = word === undefined ? undefined : (await resourceGroupNamed(connection, word)).id;
    io.begin(`Adding namespace '${name}'`);
    const created = await connection.namespaces.add(name, group ?? file.read().resourceGroup);
    io.say(
      created ? `Successfully added namespace '${name}'` : `Namespace '${name}' is in the account already`,
    );
    io.ok();
  },
};

const detailed = (found: readonly NamespaceDetails[]): string[] =>
  table([
    ['Namespace', 'Resource Group', 'Created'],
    ...found.map(({ name, resource_group, created_date }) => [name, resource_group || '-', created_date]),
  ]);

const rowsOf = async ({ namespaces }: Connection, verbose: boolean): Promise<string[]> =>
  verbose
    ? detailed(await namespaces.details())
    : table([['Namespace'], ...(await namespaces.list()).map((name) => [name])]);

const list: Command = {
  name: 'namespace-list',
  alias: 'namespaces',
  summary: 'List the namespaces of the account',
  flags: [{ flags: '-v, --verbose', summary: 'Show resource group and date too' }, OUTPUT],
  async run({ io, connect, invokedAs }, input) {
    const connection = await connect();
    const { namespaces } = connection;
    const verbose = input.on('verbose');
    if (input.json) return io.json(await (verbose ? namespaces.details() : namespaces.list()));
    const { registry } = await connection.region();
    io.begin(`Listing namespaces for account '${connection.account}' in registry '${registry}'`);
    const rows = await rowsOf(connection, verbose);
    io.lines(rows);
    if (rows.length === 1) {
      const line = `'${invokedAs} cr namespace-add NAME'`;
      io.say(`\nYou see no namespaces: add one with ${line}, or ask for a policy with the role Reader.`);
    }
    io.ok();
  },
};

const remove: Command = {
  name: 'namespace-rm',
  summary: 'Delete a namespace with all its images',
  args: [NAMESPACE],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const name = input.argument('namespace');
    const { namespaces } = await connect();
    await confirmOrStop(io, `Delete namespace '${name}' and every image in it?`, input.on('force'));
    io.begin(`Deleting namespace '${name}'`);
    const naming = await namespaces.remove(name);
    io.say(`Successfully deleted namespace '${name}'`);
    if (naming.length > 0)
      io.say(`These policies name it, stay, and count for a new '${name}': ${naming.join(', ')}`);
    io.ok();
  },
};

const assign: Command = {
  name: 'namespace-assign',
  summary: 'Put a namespace into a resource group; it cannot be moved afterwards',
  args: [NAMESPACE],
  flags: [GROUP, ACCOUNT],
  async run({ io, connect, file }, input) {
    const name = input.argument('namespace');
    const connection = await connect();
    const account = input.text('account');
    const word =
      input.text('resourceGroup') ?? (account === undefined ? file.read().resourceGroup : undefined);
    if (word === undefined) throw new CliError(EXIT.USAGE, 'Name the resource group: -g GROUP.');
    if (account !== undefined) {
      io.begin(`Assigning namespace '${name}' of account '${account}' to resource group '${word}'`);
      await connection.namespaces.reassign(account, name, word);
    } else {
      const group = await resourceGroupNamed(connection, word);
      io.begin(`Assigning namespace '${name}' to resource group '${group.name}'`);
      await connection.namespaces.assign(name, group.id);
    }
    io.say(`Successfully assigned namespace '${name}'`);
    io.ok();
  },
};

export const namespaceCommands: readonly Command[] = [add, list, remove, assign];
