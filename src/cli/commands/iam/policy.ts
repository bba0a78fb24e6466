import type { PolicySubject, PolicyVersion } from '../../../client/policies.ts';
import type { PolicyContent } from '../../../wire/policy-content.ts';
import { ACCESS_GROUP, PROFILE, SERVICE_ID, USER } from '../../arguments.ts';
import { CliError } from '../../cli-error.ts';
import { type Argument, type Command, type Flag, FORCE, NO_QUESTION, OUTPUT } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Input } from '../../input.ts';
import {
  accessGroupNamed,
  type NamedUser,
  profileNamed,
  serviceIdNamed,
  userNamed,
  warnOfNonMember,
} from '../../named.ts';
import { policyWanted } from '../../policy-document.ts';
import { summaryOf, warnOfAbsentNamespace } from '../../policy-summary.ts';
import { REACH } from '../../policy-terms.ts';
import { confirmOrStop } from '../../prompt.ts';
import { table } from '../../table.ts';

/** The identity or access group whose policies a command works on. */
interface Holder {
  readonly subject: PolicySubject;
  /** For people: `user 'a@example.com'`. */
  readonly name: string;
  /** For users, who need not be members. */
  readonly user?: NamedUser;
}

/** Four families of commands differ only in whose policies they work on. */
interface PolicyFamily {
  /** `user`: the commands are user-policies, user-policy-create, … */
  readonly word: string;
  readonly whose: string;
  readonly owner: Argument;
  holder(connection: Connection, word: string): Promise<Holder>;
}

/** The ID of a policy of the holder that was typed before. */
const policyArgument = (family: PolicyFamily): Argument => ({
  name: 'policy_id',
  summary: 'ID of the policy',
  suggest: async (connection, typed) => {
    const { subject } = await family.holder(connection, typed.argument(family.owner.name));
    const policies = await connection.iam.policies.list('v2', subject);
    return policies.map((policy) => {
      const { roles, resource } = summaryOf(policy);
      return { word: policy.id, about: `${roles.join(', ')} on ${resource}` };
    });
  },
});

const VERSION: Flag = {
  flags: '--api-version <version>',
  summary: "Which of IBM's policy APIs to use; default: v2",
  choices: ['v1', 'v2'],
};

const TERMS: readonly Flag[] = [
  { flags: '--file <path>', summary: 'The policy as JSON, in the words of the API version' },
  {
    flags: '-r, --roles <roles>',
    summary: "Roles, separated by commas: Reader, Writer, Manager, or the account's own",
  },
  ...REACH,
  { flags: '--description <text>', summary: 'What the policy is for' },
];

const versionOf = (input: Input): PolicyVersion => (input.text('apiVersion') === 'v1' ? 'v1' : 'v2');

const detailsOf = (policy: PolicyContent): string[] => {
  const { roles, resource } = summaryOf(policy);
  return table([
    ['Policy ID', policy.id],
    ['Roles', roles.join(', ')],
    ['Resources', resource],
    ...(policy.description ? [['Description', policy.description]] : []),
    ['State', policy.state ?? 'active'],
  ]);
};

const subjectOf = (policy: PolicyContent): string =>
  String((policy.subject ?? policy.subjects?.[0])?.attributes?.[0]?.value);

/** The policy of this id. Throws where it belongs to another holder: an id alone names a policy of any. */
const policyOf = async (
  { iam }: Connection,
  version: PolicyVersion,
  { subject, name }: Holder,
  id: string,
): Promise<{ policy: PolicyContent; etag: string }> => {
  const found = await iam.policies.get(version, id);
  if (Object.values(subject).includes(subjectOf(found.policy))) return found;
  throw new CliError(EXIT.NOT_FOUND, `Policy '${id}' is not one of ${name}.`);
};

const list = (family: PolicyFamily): Command => ({
  name: `${family.word}-policies`,
  summary: `List the access policies of ${family.whose}`,
  args: [family.owner],
  flags: [VERSION, NO_QUESTION, OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const holder = await family.holder(connection, input.argument(family.owner.name));
    io.begin(`Getting policies of ${holder.name}`);
    const policies = await connection.iam.policies.list(versionOf(input), holder.subject);
    if (input.json) return io.json(policies);
    const rows = policies.map((policy) => {
      const { roles, resource } = summaryOf(policy);
      return [policy.id, roles.join(', '), resource];
    });
    io.lines(table([['Policy ID', 'Roles', 'Resources'], ...rows]));
    io.ok();
  },
});

const get = (family: PolicyFamily): Command => ({
  name: `${family.word}-policy`,
  summary: `Show an access policy of ${family.whose}`,
  args: [family.owner, policyArgument(family)],
  flags: [VERSION, NO_QUESTION, OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const holder = await family.holder(connection, input.argument(family.owner.name));
    const id = input.argument('policy_id');
    io.begin(`Getting policy '${id}' of ${holder.name}`);
    const { policy } = await policyOf(connection, versionOf(input), holder, id);
    if (input.json) return io.json(policy);
    io.lines(detailsOf(policy));
    io.ok();
  },
});

const create = (family: PolicyFamily): Command => ({
  name: `${family.word}-policy-create`,
  summary: `Give ${family.whose} access`,
  args: [family.owner],
  flags: [...TERMS, VERSION, NO_QUESTION, OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const version = versionOf(input);
    const holder = await family.holder(connection, input.argument(family.owner.name));
    const document = await policyWanted(connection, version, holder.subject, input);
    if (holder.user) warnOfNonMember(io, holder.user);
    io.begin(`Creating policy for ${holder.name}`);
    const policy = await connection.iam.policies.create(version, document);
    await warnOfAbsentNamespace(io, connection, policy);
    if (input.json) return io.json(policy);
    io.lines(detailsOf(policy));
    io.ok();
  },
});

const update = (family: PolicyFamily): Command => ({
  name: `${family.word}-policy-update`,
  summary: `Replace an access policy of ${family.whose}`,
  args: [family.owner, policyArgument(family)],
  flags: [...TERMS, VERSION, NO_QUESTION, OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const version = versionOf(input);
    const holder = await family.holder(connection, input.argument(family.owner.name));
    const id = input.argument('policy_id');
    const document = await policyWanted(connection, version, holder.subject, input);
    const { etag } = await policyOf(connection, version, holder, id);
    io.begin(`Updating policy '${id}' of ${holder.name}`);
    const policy = await connection.iam.policies.replace(version, id, etag, document);
    await warnOfAbsentNamespace(io, connection, policy);
    if (input.json) return io.json(policy);
    io.lines(detailsOf(policy));
    io.ok();
  },
});

const remove = (family: PolicyFamily): Command => ({
  name: `${family.word}-policy-delete`,
  summary: `Delete an access policy of ${family.whose}; the next request is decided without it`,
  args: [family.owner, policyArgument(family)],
  flags: [VERSION, FORCE],
  async run({ io, connect }, input) {
    const connection = await connect();
    const version = versionOf(input);
    const holder = await family.holder(connection, input.argument(family.owner.name));
    const id = input.argument('policy_id');
    const { policy } = await policyOf(connection, version, holder, id);
    const { roles, resource } = summaryOf(policy);
    const question = `Delete policy '${id}' of ${holder.name} (${roles.join(', ')} on ${resource})?`;
    await confirmOrStop(io, question, input.on('force'));
    io.begin(`Deleting policy '${id}' of ${holder.name}`);
    await connection.iam.policies.remove(version, id);
    io.say(`Successfully deleted policy '${id}'`);
    io.ok();
  },
});

const FAMILIES: readonly PolicyFamily[] = [
  {
    word: 'user',
    whose: 'a user',
    owner: USER,
    holder: async (connection, word) => {
      const user = await userNamed(connection, word);
      return { subject: { iam_id: user.id }, name: `user '${user.name}'`, user };
    },
  },
  {
    word: 'service',
    whose: 'a service ID',
    owner: SERVICE_ID,
    holder: async (connection, word) => {
      const { iam_id, name } = await serviceIdNamed(connection, word);
      return { subject: { iam_id }, name: `service ID '${name}'` };
    },
  },
  {
    word: 'access-group',
    whose: 'an access group',
    owner: ACCESS_GROUP,
    holder: async (connection, word) => {
      const { id, name } = await accessGroupNamed(connection, word);
      return { subject: { access_group_id: id }, name: `access group '${name}'` };
    },
  },
  {
    word: 'trusted-profile',
    whose: 'a trusted profile',
    owner: PROFILE,
    holder: async (connection, word) => {
      const { iam_id, name } = await profileNamed(connection, word);
      return { subject: { iam_id }, name: `trusted profile '${name}'` };
    },
  },
];

export const policyCommands: readonly Command[] = FAMILIES.flatMap((family) => [
  list(family),
  get(family),
  create(family),
  update(family),
  remove(family),
]);
