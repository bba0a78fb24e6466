import type { Profile } from '../../../wire/profiles.ts';
import { PROFILE } from '../../arguments.ts';
import { type Command, FORCE, NO_QUESTION, OUTPUT } from '../../command.ts';
import { profileNamed } from '../../named.ts';
import { confirmOrStop } from '../../prompt.ts';
import { table } from '../../table.ts';

const ID = { flags: '--id', summary: 'Show IDs and nothing else' };
const DESCRIPTION = { flags: '-d, --description <text>', summary: 'What it is for' };
const EMAIL = { flags: '-e, --email <email>', summary: 'E-mail of the person in charge of it' };

const details = (profile: Profile): string[] =>
  table([
    ['ID', profile.id],
    ['Name', profile.name],
    ['Description', profile.description ?? ''],
    ['IAM ID', profile.iam_id],
    ['Created At', profile.created_at],
  ]);

const list: Command = {
  name: 'trusted-profiles',
  summary: 'List the trusted profiles of the account',
  flags: [ID, { flags: '-n, --name <name>', summary: 'Only those of this name' }, OUTPUT],
  async run({ io, connect }, input) {
    const { iam, account } = await connect();
    if (input.on('id')) io.resultsOnly();
    io.begin('Getting trusted profiles');
    const found = await iam.profiles.list({ account_id: account, ...input.given({ name: 'name' }) });
    if (input.json) return io.json(found);
    if (input.on('id')) return io.lines(found.map(({ id }) => id));
    const rows = found.map(({ id, name, description, created_at }) => [
      id,
      name,
      description || '-',
      created_at,
    ]);
    io.lines(table([['ID', 'Name', 'Description', 'Created At'], ...rows]));
    io.ok();
  },
};

const get: Command = {
  name: 'trusted-profile',
  summary: 'Show a trusted profile',
  args: [PROFILE],
  flags: [ID, OUTPUT],
  async run({ io, connect }, input) {
    const word = input.argument('profile');
    const connection = await connect();
    if (input.on('id')) io.resultsOnly();
    io.begin(`Getting trusted profile '${word}'`);
    const profile = await profileNamed(connection, word);
    if (input.json) return io.json(profile);
    if (input.on('id')) return io.line(profile.id);
    io.lines(details(profile));
    io.ok();
  },
};

const create: Command = {
  name: 'trusted-profile-create',
  summary: 'Create a trusted profile: an identity without a secret, which others may act as',
  args: [{ name: 'name', summary: 'Name of the trusted profile' }],
  flags: [DESCRIPTION, EMAIL, OUTPUT],
  async run({ io, connect }, input) {
    const name = input.argument('name');
    const { iam, account } = await connect();
    io.begin(`Creating trusted profile '${name}'`);
    const given = input.given({ description: 'description', email: 'email' });
    const profile = await iam.profiles.create({ account_id: account, name, ...given });
    if (input.json) return io.json(profile);
    io.lines(details(profile));
    io.ok();
  },
};

const update: Command = {
  name: 'trusted-profile-update',
  summary: 'Rename or describe a trusted profile',
  args: [PROFILE],
  flags: [{ flags: '-n, --name <name>', summary: 'Its new name' }, DESCRIPTION, EMAIL, NO_QUESTION, OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const {
      id,
      entity_tag,
      name,
      description = '',
    } = await profileNamed(connection, input.argument('profile'));
    io.begin(`Updating trusted profile '${name}'`);
    const given = input.given({ name: 'name', description: 'description', email: 'email' });
    const change = { name, description, ...given };
    const changed = await connection.iam.profiles.update(id, entity_tag, change);
    if (input.json) return io.json(changed);
    io.lines(details(changed));
    io.ok();
  },
};

const remove: Command = {
  name: 'trusted-profile-delete',
  summary: 'Delete a trusted profile with its policies, rules, links and identities',
  args: [PROFILE],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await profileNamed(connection, input.argument('profile'));
    await confirmOrStop(io, `Delete trusted profile '${name}' (${id}) with its policies?`, input.on('force'));
    io.begin(`Deleting trusted profile '${name}'`);
    await connection.iam.profiles.remove(id);
    io.say(`Successfully deleted trusted profile '${name}'`);
    io.ok();
  },
};

export const trustedProfileCommands: readonly Command[] = [list, get, create, update, remove];
