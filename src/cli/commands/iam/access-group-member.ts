import type { GroupMember } from '../../../wire/access-groups.ts';
import { ACCESS_GROUP, PROFILE, SERVICE_ID, USER } from '../../arguments.ts';
import { type Argument, type Command, FORCE, NO_QUESTION, OUTPUT, type Suggest } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import {
  accessGroupNamed,
  type NamedUser,
  profileNamed,
  serviceIdNamed,
  userNamed,
  warnOfNonMember,
} from '../../named.ts';
import { confirmOrStop } from '../../prompt.ts';
import { table } from '../../table.ts';

/** Three families of commands differ only in the kind of member. */
interface MemberFamily {
  /** `user`: the commands are access-group-users, access-group-user-add, access-group-user-remove. */
  readonly word: string;
  readonly noun: string;
  readonly type: GroupMember['type'];
  readonly member: Omit<Argument, 'count'>;
  find(connection: Connection, word: string): Promise<{ iamId: string; name: string; user?: NamedUser }>;
}

/** The members of the group that was typed before. */
const membersOf =
  (type: GroupMember['type']): Suggest =>
  async (connection, typed) => {
    const { id } = await accessGroupNamed(connection, typed.argument('group'));
    const members = (await connection.iam.accessGroups.members(id)).filter((member) => member.type === type);
    return members.map(({ iam_id, name, email }) => ({ word: email || name || iam_id, id: iam_id }));
  };

const list = ({ word, noun, type }: MemberFamily): Command => ({
  name: `access-group-${word}s`,
  summary: `List the ${noun}s in an access group`,
  args: [ACCESS_GROUP],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await accessGroupNamed(connection, input.argument('group'));
    io.begin(`Getting ${noun}s in access group '${name}'`);
    const members = (await connection.iam.accessGroups.members(id)).filter((member) => member.type === type);
    if (input.json) return io.json(members);
    const rows = members.map((member) => [
      member.name || member.email || '-',
      member.iam_id,
      member.created_at ?? '-',
    ]);
    io.lines(table([['Name', 'IAM ID', 'Added At'], ...rows]));
    io.ok();
  },
});

const add = ({ word, noun, type, member, find }: MemberFamily): Command => ({
  name: `access-group-${word}-add`,
  summary: `Add ${noun}s to an access group`,
  args: [ACCESS_GROUP, { ...member, count: 'many' }],
  flags: [NO_QUESTION],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await accessGroupNamed(connection, input.argument('group'));
    for (const each of input.arguments(member.name)) {
      const found = await find(connection, each);
      if (found.user) warnOfNonMember(io, found.user);
      io.begin(`Adding ${noun} '${found.name}' to access group '${name}'`);
      await connection.iam.accessGroups.addMember(id, found.iamId, type);
    }
    io.say(`They have the policies of access group '${name}' from now on.`);
    io.ok();
  },
});

const remove = ({ word, noun, type, member, find }: MemberFamily): Command => ({
  name: `access-group-${word}-remove`,
  summary: `Remove a ${noun} from an access group`,
  args: [ACCESS_GROUP, { ...member, suggest: membersOf(type) }],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await accessGroupNamed(connection, input.argument('group'));
    const found = await find(connection, input.argument(member.name));
    const question = `Remove ${noun} '${found.name}' from access group '${name}'?`;
    await confirmOrStop(io, question, input.on('force'));
    io.begin(`Removing ${noun} '${found.name}' from access group '${name}'`);
    await connection.iam.accessGroups.removeMember(id, found.iamId);
    io.say(`Successfully removed ${noun} '${found.name}'`);
    io.ok();
  },
});

const FAMILIES: readonly MemberFamily[] = [
  {
    word: 'user',
    noun: 'user',
    type: 'user',
    member: USER,
    find: async (connection, word) => {
      const user = await userNamed(connection, word);
      return { iamId: user.id, name: user.name, user };
    },
  },
  {
    word: 'service-id',
    noun: 'service ID',
    type: 'service',
    member: SERVICE_ID,
    find: async (connection, word) => {
      const { iam_id, name } = await serviceIdNamed(connection, word);
      return { iamId: iam_id, name };
    },
  },
  {
    word: 'trusted-profile',
    noun: 'trusted profile',
    type: 'profile',
    member: PROFILE,
    find: async (connection, word) => {
      const { iam_id, name } = await profileNamed(connection, word);
      return { iamId: iam_id, name };
    },
  },
];

export const accessGroupMemberCommands: readonly Command[] = FAMILIES.flatMap((family) => [
  list(family),
  add(family),
  remove(family),
]);
