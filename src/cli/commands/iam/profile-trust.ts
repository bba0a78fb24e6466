import type { Static } from 'typebox';
import type { ProfileClient } from '../../../client/profiles.ts';
import type { LinkCreate, Profile, RuleCreate } from '../../../wire/profiles.ts';
import { PROFILE } from '../../arguments.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, type Flag, FORCE, NO_QUESTION, OUTPUT, type Suggest } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Input } from '../../input.ts';
import { profileNamed, serviceIdNamed, theOne, userNamed } from '../../named.ts';
import { confirmOrStop } from '../../prompt.ts';
import { refuseSameName, SAME_NAME } from '../../same-name.ts';
import { table } from '../../table.ts';

const COMPUTE: Flag = {
  flags: '--cr-type <type>',
  summary: 'Kind of compute resource, such as IKS_SA, ROKS_SA or VSI',
};
const NAME: Flag = { flags: '--name <name>', summary: 'Its name' };

/** One way to act as a profile: a rule or a link. `Wanted` is the document that creates one. */
interface Way<Wanted> {
  readonly word: 'rule' | 'link';
  readonly meaning: string;
  readonly flags: readonly Flag[];
  wanted(input: Input): Wanted;
  rows(
    profiles: ProfileClient,
    id: string,
  ): Promise<{ id: string; name: string; told: string; whole: object }[]>;
  add(profiles: ProfileClient, id: string, wanted: Wanted): Promise<{ id: string }>;
  remove(profiles: ProfileClient, id: string, way: string): Promise<void>;
}

/** `claim:sub,operator:EQUALS,value:a`, the form of IBM's client. The value may contain commas and colons. */
const conditionOf = (text: string): Static<typeof RuleCreate>['conditions'][number] => {
  const [, claim, operator, value] = /^claim:(.+?),operator:([A-Z_]+),value:(.*)$/.exec(text) ?? [];
  if (claim === undefined || operator === undefined || value === undefined) {
    throw new CliError(
      EXIT.USAGE,
      `'${text}' is not a condition. Give --conditions claim:NAME,operator:EQUALS,value:VALUE.`,
    );
  }
  // IBM's API wants values as JSON texts
  return { claim, operator, value: JSON.stringify(value) };
};

const RULE: Way<Static<typeof RuleCreate>> = {
  word: 'rule',
  meaning: 'a token that meets its conditions may act as the profile',
  flags: [
    NAME,
    {
      flags: '--type <type>',
      summary: 'Profile-SAML or Profile-CR',
      choices: ['Profile-SAML', 'Profile-CR'],
    },
    {
      flags: '--conditions <condition>',
      summary: 'claim:NAME,operator:EQUALS,value:VALUE; several may be given',
      many: true,
    },
    { flags: '--realm-name <realm>', summary: 'The identity provider, for Profile-SAML' },
    COMPUTE,
    { flags: '--expiration <seconds>', summary: 'How long a session by this rule may last' },
  ],
  wanted: (input) => {
    const expiration = input.text('expiration');
    return {
      type: input.text('type') === 'Profile-SAML' ? 'Profile-SAML' : 'Profile-CR',
      conditions: input.texts('conditions').map(conditionOf),
      ...input.given({ name: 'name', realm_name: 'realmName', cr_type: 'crType' }),
      ...(expiration === undefined ? {} : { expiration: Number(expiration) }),
    };
  },
  rows: async (profiles, id) =>
    (await profiles.rules(id)).map((rule) => ({
      id: rule.id,
      name: rule.name ?? '',
      told: `${rule.type}: ${rule.conditions.map(({ claim, operator, value }) => `${claim} ${operator} ${value}`).join(' and ')}`,
      whole: rule,
    })),
  add: (profiles, id, rule) => profiles.addRule(id, rule),
  remove: (profiles, id, rule) => profiles.removeRule(id, rule),
};

const LINK: Way<Static<typeof LinkCreate>> = {
  word: 'link',
  meaning: 'one compute resource may act as the profile',
  flags: [
    NAME,
    COMPUTE,
    { flags: '--link-crn <crn>', summary: 'CRN of the compute resource' },
    { flags: '--link-namespace <namespace>', summary: 'Its Kubernetes namespace' },
    { flags: '--link-name <name>', summary: 'Its service account' },
  ],
  wanted: (input) => {
    const crn = input.text('linkCrn');
    if (crn === undefined) throw new CliError(EXIT.USAGE, 'Name the compute resource: --link-crn CRN.');
    return {
      cr_type: input.text('crType') ?? 'IKS_SA',
      link: { crn, ...input.given({ namespace: 'linkNamespace', name: 'linkName' }) },
      ...input.given({ name: 'name' }),
    };
  },
  rows: async (profiles, id) =>
    (await profiles.links(id)).map((link) => ({
      id: link.id,
      name: link.name ?? '',
      told: `${link.cr_type}: ${Object.values(link.link).join(' ')}`,
      whole: link,
    })),
  add: (profiles, id, link) => profiles.addLink(id, link),
  remove: (profiles, id, link) => profiles.removeLink(id, link),
};

const listWays = <Wanted>({ word, rows }: Way<Wanted>): Command => ({
  name: `trusted-profile-${word}s`,
  summary: `List the ${word}s of a trusted profile`,
  args: [PROFILE],
  flags: [NO_QUESTION, OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await profileNamed(connection, input.argument('profile'));
    io.begin(`Getting ${word}s of trusted profile '${name}'`);
    const found = await rows(connection.iam.profiles, id);
    if (input.json) return io.json(found.map(({ whole }) => whole));
    io.lines(
      table([['ID', 'Name', 'Trusts'], ...found.map((each) => [each.id, each.name || '-', each.told])]),
    );
    io.ok();
  },
});

const addWay = <Wanted>({ word, meaning, flags, wanted, rows, add }: Way<Wanted>): Command => ({
  name: `trusted-profile-${word}-create`,
  summary: `Add a ${word} to a trusted profile: ${meaning}`,
  args: [PROFILE],
  flags: [...flags, SAME_NAME, OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const body = wanted(input);
    const { id, name } = await profileNamed(connection, input.argument('profile'));
    const others = () => rows(connection.iam.profiles, id);
    await refuseSameName(word, input, input.text('name'), others);
    io.begin(`Creating ${word} of trusted profile '${name}'`);
    const made = await add(connection.iam.profiles, id, body);
    if (input.json) return io.json(made);
    io.lines(table([['ID', made.id]]));
    io.ok();
  },
});

/** Rules or links of the profile that was typed before. */
const waysOf =
  (rows: Way<never>['rows']): Suggest =>
  async (connection, typed) => {
    const { id } = await named(connection, typed);
    const ways = await rows(connection.iam.profiles, id);
    return ways.map(({ id: way, name, told }) => ({ word: name || way, id: way, about: told }));
  };

const removeWay = <Wanted>({ word, rows, remove }: Way<Wanted>): Command => ({
  name: `trusted-profile-${word}-delete`,
  summary: `Delete a ${word} of a trusted profile; tokens that came from it are refused at once`,
  args: [PROFILE, { name: word, summary: `Name or ID of the ${word}`, suggest: waysOf(rows) }],
  flags: [FORCE],
  async run({ io, connect }, input) {
    const connection = await connect();
    const profile = await profileNamed(connection, input.argument('profile'));
    const found = theOne(word, await rows(connection.iam.profiles, profile.id), input.argument(word));
    const question = `Delete ${word} '${found.id}' of trusted profile '${profile.name}'?`;
    await confirmOrStop(io, question, input.on('force'));
    io.begin(`Deleting ${word} '${found.id}' of trusted profile '${profile.name}'`);
    await remove(connection.iam.profiles, profile.id, found.id);
    io.say(`Successfully deleted ${word} '${found.id}'`);
    io.ok();
  },
});

const TYPE: Flag = {
  flags: '--id-type <type>',
  summary: 'What it is: user, serviceid or crn',
  choices: ['user', 'serviceid', 'crn'],
};

const typeOf = (input: Input): string => {
  const type = input.text('idType');
  if (type !== undefined) return type;
  throw new CliError(EXIT.USAGE, 'Say what the identity is: --id-type user, serviceid or crn.');
};

/** The server knows an identity by its IAM id. A person may name it as in other commands. */
const identifierOf = async (connection: Connection, type: string, word: string): Promise<string> => {
  if (type === 'user') return (await userNamed(connection, word)).id;
  if (type === 'serviceid') return (await serviceIdNamed(connection, word)).iam_id;
  return word;
};

const named = (connection: Connection, input: Input): Promise<Profile> =>
  profileNamed(connection, input.argument('profile'));

/** The identities that may act as the profile that was typed before. */
const identitiesOf: Suggest = async (connection, typed) => {
  const { id } = await named(connection, typed);
  const found = await connection.iam.profiles.identities(id);
  return found.map(({ identifier, description }) => ({ word: identifier, about: description ?? '' }));
};

const identities: Command = {
  name: 'trusted-profile-identities',
  summary: 'List the identities that may act as a trusted profile',
  args: [PROFILE],
  flags: [NO_QUESTION, OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const { id, name } = await named(connection, input);
    io.begin(`Getting identities of trusted profile '${name}'`);
    const found = await connection.iam.profiles.identities(id);
    if (input.json) return io.json(found);
    const rows = found.map(({ identifier, type, description }) => [identifier, type, description || '-']);
    io.lines(table([['Identity', 'Type', 'Description'], ...rows]));
    io.ok();
  },
};

const addIdentity: Command = {
  name: 'trusted-profile-identity-create',
  summary: 'Let a user, a service ID or a service act as a trusted profile',
  args: [PROFILE],
  flags: [
    { flags: '--id <identity>', summary: 'Who: name or ID' },
    TYPE,
    { flags: '-d, --description <text>', summary: 'Why' },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const connection = await connect();
    const type = typeOf(input);
    const word = input.text('id');
    if (word === undefined)
      throw new CliError(EXIT.USAGE, 'Say who may act as the profile: --id NAME_OR_ID.');
    const { id, name } = await named(connection, input);
    const identifier = await identifierOf(connection, type, word);
    io.begin(`Adding ${type} '${word}' to trusted profile '${name}'`);
    const body = { identifier, type, ...input.given({ description: 'description' }) };
    const made = await connection.iam.profiles.addIdentity(id, type, body);
    if (input.json) return io.json(made);
    io.say(`Successfully added ${type} '${word}'`);
    io.ok();
  },
};

const removeIdentity: Command = {
  name: 'trusted-profile-identity-delete',
  summary: 'Let an identity no longer act as a trusted profile',
  args: [PROFILE, { name: 'identity', summary: 'Who: name or ID', suggest: identitiesOf }],
  flags: [TYPE, FORCE],
  async run({ io, connect }, input) {
    const word = input.argument('identity');
    const connection = await connect();
    const type = typeOf(input);
    const { id, name } = await named(connection, input);
    const identifier = await identifierOf(connection, type, word);
    await confirmOrStop(io, `Remove ${type} '${word}' from trusted profile '${name}'?`, input.on('force'));
    io.begin(`Removing ${type} '${word}' from trusted profile '${name}'`);
    await connection.iam.profiles.removeIdentity(id, type, identifier);
    io.say(`Successfully removed ${type} '${word}'`);
    io.ok();
  },
};

const wayCommands = <Wanted>(way: Way<Wanted>): Command[] => [listWays(way), addWay(way), removeWay(way)];

export const profileTrustCommands: readonly Command[] = [
  ...wayCommands(RULE),
  ...wayCommands(LINK),
  identities,
  addIdentity,
  removeIdentity,
];
