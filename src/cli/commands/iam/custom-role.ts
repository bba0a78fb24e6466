import type { CustomRole, Role } from '../../../wire/roles.ts';
import { CUSTOM_ROLE } from '../../arguments.ts';
import { type Command, FORCE, NO_QUESTION, OUTPUT } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import { theOne } from '../../named.ts';
import { confirmOrStop } from '../../prompt.ts';
import { table } from '../../table.ts';

const ACTIONS = {
  flags: '-a, --actions <actions>',
  summary: 'What it may do, separated by commas: container-registry.image.pull,…',
};

const rolesTable = (title: string, roles: readonly Role[]): string[] =>
  roles.length === 0
    ? []
    : [
        ...table([
          [title, 'Description'],
          ...roles.map((role) => [role.display_name, role.description || '-']),
        ]),
        '',
      ];

const list: Command = {
  name: 'roles',
  summary: 'List the roles that policies can give',
  flags: [
    {
      flags: '--service <service>',
      summary: 'Those for this service, such as container-registry',
    },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const { iam } = await connect();
    io.begin('Getting roles');
    const roles = await iam.customRoles.allRoles(input.text('service'));
    if (input.json) return io.json(roles);
    const lines = [
      ...rolesTable('Platform roles', roles.system_roles),
      ...rolesTable('Service roles', roles.service_roles),
      ...rolesTable('Custom roles', roles.custom_roles),
    ];
    io.lines(lines.slice(0, -1));
    io.ok();
  },
};

const details = (role: CustomRole): string[] =>
  table([
    ['ID', role.id],
    ['Name', role.name],
    ['Display name', role.display_name],
    ['Description', role.description ?? ''],
    ['Service', role.service_name],
    ['Actions', role.actions.join(', ')],
    ['CRN', role.crn],
  ]);

const actionsIn = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

const customRoleNamed = async ({ iam }: Connection, word: string): Promise<CustomRole> => {
  const roles = await iam.customRoles.list();
  const byDisplayName = roles.filter((role) => role.display_name === word);
  const [only] = byDisplayName;
  return only && byDisplayName.length === 1 ? only : theOne('custom role', roles, word);
};

const create: Command = {
  name: 'role-create',
  summary: 'Create a role of your own out of actions',
  args: [{ name: 'name', summary: 'Name of the role: letters and digits, the first a capital' }],
  flags: [
    { flags: '--display-name <name>', summary: 'What people see; default: the name' },
    {
      flags: '--service-name <service>',
      summary: 'The service its actions are of; default: container-registry',
    },
    ACTIONS,
    { flags: '-d, --description <text>', summary: 'What it is for' },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const name = input.argument('name');
    const { iam } = await connect();
    io.begin(`Creating role '${name}'`);
    const role = await iam.customRoles.create({
      name,
      display_name: input.text('displayName') ?? name,
      service_name: input.text('serviceName') ?? 'container-registry',
      actions: actionsIn(input.text('actions') ?? ''),
      ...input.given({ description: 'description' }),
    });
    if (input.json) return io.json(role);
    io.lines(details(role));
    io.ok();
  },
};

const update: Command = {
  name: 'role-update',
  summary: 'Change a role of your own; every policy that gives it follows at once',
  args: [CUSTOM_ROLE],
  flags: [
    { flags: '--display-name <name>', summary: 'What people see' },
    ACTIONS,
    { flags: '-d, --description <text>', summary: 'What it is for' },
    NO_QUESTION,
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await customRoleNamed(connection, input.argument('role'));
    io.begin(`Updating role '${name}'`);
    const actions = input.text('actions');
    const changed = await connection.iam.customRoles.update(
      id,
      ({ display_name, description = '', actions: before }) => ({
        display_name,
        description,
        ...input.given({ display_name: 'displayName', description: 'description' }),
        actions: actions === undefined ? before : actionsIn(actions),
      }),
    );
    if (input.json) return io.json(changed);
    io.lines(details(changed));
    io.ok();
  },
};

const remove: Command = {
  name: 'role-delete',
  summary: 'Delete a role of your own',
  args: [CUSTOM_ROLE],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await customRoleNamed(connection, input.argument('role'));
    await confirmOrStop(io, `Delete role '${name}' (${id})?`, input.on('force'));
    io.begin(`Deleting role '${name}'`);
    await connection.iam.customRoles.remove(id);
    io.say(`Successfully deleted role '${name}'`);
    io.ok();
  },
};

export const customRoleCommands: readonly Command[] = [list, create, update, remove];
