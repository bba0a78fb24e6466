import type { ServiceId } from '../../../wire/service-ids.ts';
import { SERVICE_ID } from '../../arguments.ts';
import { type Command, FORCE, NO_QUESTION, OUTPUT } from '../../command.ts';
import { serviceIdNamed } from '../../named.ts';
import { confirmOrStop } from '../../prompt.ts';
import { refuseSameName, SAME_NAME } from '../../same-name.ts';
import { table } from '../../table.ts';

const DESCRIPTION = { flags: '-d, --description <text>', summary: 'What it is for' };
const UUID = { flags: '--uuid', summary: 'Show IDs and nothing else' };

const details = (found: ServiceId): string[] =>
  table([
    ['ID', found.id],
    ['Name', found.name],
    ['Description', found.description ?? ''],
    ['IAM ID', found.iam_id],
    ['Created At', found.created_at],
    ['Locked', String(found.locked)],
  ]);

const list: Command = {
  name: 'service-ids',
  summary: 'List the service IDs of the account',
  flags: [UUID, { flags: '-n, --name <name>', summary: 'Only those of this name' }, OUTPUT],
  async run({ io, connect }, input) {
    const { iam, account } = await connect();
    if (input.on('uuid')) io.resultsOnly();
    io.begin('Getting service IDs');
    const found = await iam.serviceIds.list({ account_id: account, ...input.given({ name: 'name' }) });
    if (input.json) return io.json(found);
    if (input.on('uuid')) return io.lines(found.map(({ id }) => id));
    const rows = found.map(({ id, name, description, created_at, locked }) => [
      id,
      name,
      description || '-',
      created_at,
      String(locked),
    ]);
    io.lines(table([['ID', 'Name', 'Description', 'Created At', 'Locked'], ...rows]));
    io.ok();
  },
};

const get: Command = {
  name: 'service-id',
  summary: 'Show a service ID',
  args: [SERVICE_ID],
  flags: [UUID, OUTPUT],
  async run({ io, connect }, input) {
    const word = input.argument('service_id');
    const connection = await connect();
    if (input.on('uuid')) io.resultsOnly();
    io.begin(`Getting service ID '${word}'`);
    const found = await serviceIdNamed(connection, word);
    if (input.json) return io.json(found);
    if (input.on('uuid')) return io.line(found.id);
    io.lines(details(found));
    io.ok();
  },
};

const create: Command = {
  name: 'service-id-create',
  summary: 'Create a service ID: an identity for a program',
  args: [{ name: 'name', summary: 'Name of the service ID' }],
  flags: [
    DESCRIPTION,
    { flags: '--lock', summary: 'Lock it against change and deletion' },
    SAME_NAME,
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const name = input.argument('name');
    const { iam, account } = await connect();
    await refuseSameName('service ID', input, name, () => iam.serviceIds.list({ account_id: account, name }));
    io.begin(`Creating service ID '${name}'`);
    const body = { account_id: account, name, ...input.given({ description: 'description' }) };
    const made = await iam.serviceIds.create(body, { 'Entity-Lock': String(input.on('lock')) });
    if (input.json) return io.json(made);
    io.lines(details(made));
    io.ok();
  },
};

const update: Command = {
  name: 'service-id-update',
  summary: 'Rename or describe a service ID',
  args: [SERVICE_ID],
  flags: [{ flags: '-n, --name <name>', summary: 'Its new name' }, DESCRIPTION, SAME_NAME, OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const {
      id,
      entity_tag,
      name,
      description = '',
    } = await serviceIdNamed(connection, input.argument('service_id'));
    const { iam, account: account_id } = connection;
    const renamed = input.text('name');
    const namesakes = () => iam.serviceIds.list({ account_id, name: renamed });
    await refuseSameName('service ID', input, renamed, namesakes, id);
    io.begin(`Updating service ID '${name}'`);
    const change = { name, description, ...input.given({ name: 'name', description: 'description' }) };
    const changed = await iam.serviceIds.update(id, entity_tag, change);
    if (input.json) return io.json(changed);
    io.lines(details(changed));
    io.ok();
  },
};

const remove: Command = {
  name: 'service-id-delete',
  summary: 'Delete a service ID with its API keys and policies',
  args: [SERVICE_ID],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await serviceIdNamed(connection, input.argument('service_id'));
    const question = `Delete service ID '${name}' (${id}) with its API keys and policies?`;
    await confirmOrStop(io, question, input.on('force'));
    io.begin(`Deleting service ID '${name}'`);
    await connection.iam.serviceIds.remove(id);
    io.say(`Successfully deleted service ID '${name}'`);
    io.ok();
  },
};

const turn = (verb: 'lock' | 'unlock', summary: string): Command => ({
  name: `service-id-${verb}`,
  summary,
  args: [SERVICE_ID],
  flags: [NO_QUESTION],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await serviceIdNamed(connection, input.argument('service_id'));
    io.begin(`${verb === 'lock' ? 'Locking' : 'Unlocking'} service ID '${name}'`);
    await connection.iam.serviceIds.turn(id, 'lock', verb === 'lock');
    io.say(`Service ID '${name}' is ${verb}ed.`);
    io.ok();
  },
});

export const serviceIdCommands: readonly Command[] = [
  list,
  get,
  create,
  update,
  remove,
  turn('lock', 'Lock a service ID against change and deletion; its API keys still log in'),
  turn('unlock', 'Unlock a service ID'),
];
