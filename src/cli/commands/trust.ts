import type { Rule, TrustExplanation } from '../../wire/profiles.ts';
import { CliError } from '../cli-error.ts';
import { type Command, type Flag, OUTPUT } from '../command.ts';
import type { Connection } from '../connection.ts';
import { EXIT } from '../exit-codes.ts';
import type { Input } from '../input.ts';
import type { Io } from '../io.ts';
import { profileNamed } from '../named.ts';
import { roleCrns } from '../role-names.ts';
import { secretOf } from '../secret.ts';
import { table } from '../table.ts';
import { type Claims, PLATFORMS, type Platform } from '../trust-platforms.ts';

const COMMON: readonly Flag[] = [
  { flags: '--push <namespace>', summary: 'Let it push to this namespace; several may be given', many: true },
  {
    flags: '--pull <namespace>',
    summary: 'Let it pull from this namespace; several may be given',
    many: true,
  },
  { flags: '--name <name>', summary: 'Name of the trusted profile; made from the subject if not given' },
  { flags: '--issuer <address>', summary: 'iss of the tokens, where it is not the public one' },
  { flags: '--audience <audience>', summary: 'What the tokens are made for, where the issuer has several' },
  { flags: '--expiration <seconds>', summary: 'How long a session may last; an hour if not given' },
  {
    flags: '--from-token <token>',
    summary: 'Read the ids off a token of such a build: @FILE, or - for standard input',
  },
];

const BRANCH: Flag = { flags: '--branch <branch>', summary: 'Only builds of this branch' };
const ENVIRONMENT: Flag = { flags: '--environment <name>', summary: 'Only builds of this environment' };

const OWN: Readonly<Record<Platform['name'], readonly Flag[]>> = {
  github: [
    BRANCH,
    ENVIRONMENT,
    { flags: '--repository-id <id>', summary: 'Id of the repository, which no other one gets' },
    { flags: '--owner-id <id>', summary: 'Id of its owner' },
  ],
  gitlab: [BRANCH, ENVIRONMENT, { flags: '--project-id <id>', summary: 'Id of the project' }],
  kubernetes: [],
};

/** The claims of a token, unverified: the server judges the rule and the tokens. */
const claimsIn = (token: string): Claims => {
  try {
    const claims: unknown = JSON.parse(
      new TextDecoder().decode(Uint8Array.fromBase64(token.split('.')[1] ?? '', { alphabet: 'base64url' })),
    );
    if (typeof claims === 'object' && claims !== null) return claims as Claims;
  } catch {
    // told below
  }
  throw new CliError(EXIT.USAGE, 'What --from-token gives is no token (a JWT).');
};

const policyFor = async (
  connection: Connection,
  iamId: string,
  namespace: string,
  role: 'Writer' | 'Reader',
) => {
  const [role_id = ''] = await roleCrns(connection, [role], undefined);
  const equal = (key: string, value: string) => ({ key, operator: 'stringEquals', value });
  return {
    type: 'access',
    subject: { attributes: [equal('iam_id', iamId)] },
    control: { grant: { roles: [{ role_id }] } },
    resource: {
      attributes: [
        equal('accountId', connection.account),
        equal('serviceName', 'container-registry'),
        equal('region', (await connection.region()).name),
        equal('resourceType', 'namespace'),
        equal('resource', namespace),
      ],
    },
  };
};

/** What the words of a command come to, before anything is made. */
const ruleWanted = async (platform: Platform, io: Io, input: Input) => {
  const subject = input.argument('subject');
  if (!/^[^/\s]+(\/[^/\s]+)+$/.test(subject))
    throw new CliError(EXIT.USAGE, `'${subject}' is not ${platform.subject}.`);
  const issuer = input.text('issuer') ?? platform.issuer;
  if (issuer === undefined)
    throw new CliError(EXIT.USAGE, 'Name the cluster: --issuer ISS, the iss of its tokens.');
  const expiration = input.text('expiration');
  if (expiration !== undefined && !/^\d{1,8}$/.test(expiration))
    throw new CliError(EXIT.USAGE, '--expiration is a number of seconds.');
  const token = input.text('fromToken');
  const claims = token === undefined ? undefined : claimsIn(await secretOf(io, token, 'token'));
  const audience = input.text('audience');
  const ofAudience =
    audience === undefined ? [] : [{ claim: 'aud', operator: 'EQUALS', value: JSON.stringify(audience) }];
  return {
    subject,
    rule: {
      type: 'Profile-CR' as const,
      cr_type: 'OIDC',
      name: subject,
      realm_name: issuer,
      conditions: [...platform.conditions({ subject, input, claims }), ...ofAudience],
      ...(expiration === undefined ? {} : { expiration: Number(expiration) }),
    },
  };
};

/** Profile, policies and rule. The rule comes last: no token is let in before all is as it should be. */
const trusting = (platform: Platform): Command => ({
  name: platform.name,
  summary: platform.summary,
  args: [{ name: 'subject', summary: platform.subject }],
  flags: [...COMMON, ...OWN[platform.name], OUTPUT],
  async run({ io, connect }, input) {
    const connection = await connect();
    const places = [
      ...input.texts('push').map((namespace) => ({ namespace, role: 'Writer' as const })),
      ...input.texts('pull').map((namespace) => ({ namespace, role: 'Reader' as const })),
    ];
    if (places.length === 0)
      throw new CliError(EXIT.USAGE, 'Say what it may do: --push NAMESPACE or --pull NAMESPACE.');
    const { subject, rule } = await ruleWanted(platform, io, input);
    const { profiles, policies } = connection.iam;
    const name = input.text('name') ?? `${platform.name}-${subject.replaceAll('/', '-')}`.slice(0, 100);
    io.begin(`Creating trusted profile '${name}'`);
    const profile = await profiles.create({
      account_id: connection.account,
      name,
      description: `Trusts ${subject}`,
    });
    let made: Rule;
    try {
      for (const { namespace, role } of places)
        await policies.create('v2', await policyFor(connection, profile.iam_id, namespace, role));
      made = await profiles.addRule(profile.id, rule);
    } catch (error) {
      // its policies go with it; the error that led here is the one that the person must see
      await profiles.remove(profile.id).catch(() => {});
      throw error;
    }
    const host = new URL(connection.registryEndpoint).host;
    const audience = input.text('audience') ?? made.audiences?.[0] ?? connection.registryEndpoint;
    const paste = platform.pastes({ profile: profile.id, host, audience, subject });
    for (const warning of made.warnings ?? []) io.complain(`Warning: ${warning}.`);
    if (input.json)
      return io.json({ profile_id: profile.id, name, rule: made, registry: host, audience, paste });
    io.lines(
      table([
        ['Profile', profile.id],
        ['Name', name],
        ['Trusts', subject],
      ]),
    );
    for (const { into, lines } of paste) io.lines(['', `Paste this into ${into}:`, '', ...lines]);
    io.ok();
  },
});

const linesOf = (name: string, { rules }: TrustExplanation): string[] =>
  rules.flatMap((rule) => [
    '',
    `${name} ${rule.name ?? rule.id}: ${rule.holds ? 'matches' : 'does not match'}${rule.fault === undefined ? '' : ` (${rule.fault})`}`,
    ...rule.conditions.map(
      ({ claim, operator, value, actual, holds, why }) =>
        `  ${holds ? 'yes' : 'no '} ${claim} ${operator} ${value}; the token has ${actual ?? 'none'}${why === undefined ? '' : `: ${why}`}`,
    ),
  ]);

const explain: Command = {
  name: 'explain',
  summary: 'Show which rules a token matches, condition by condition, and why not',
  flags: [
    { flags: '--token <token>', summary: '@FILE, or - for standard input' },
    { flags: '--profile <profile>', summary: 'Only this trusted profile; all of the account if not given' },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const connection = await connect();
    const given = input.text('token');
    if (given === undefined)
      throw new CliError(EXIT.USAGE, 'Give the token: --token @FILE, or - for standard input.');
    const token = await secretOf(io, given, 'token');
    const { profiles } = connection.iam;
    const named = input.text('profile');
    const found =
      named === undefined
        ? await profiles.list({ account_id: connection.account })
        : [await profileNamed(connection, named)];
    io.begin('Comparing the token with the rules');
    const answers = [];
    for (const { id, name } of found) answers.push({ id, name, ...(await profiles.explainTrust(id, token)) });
    if (input.json) return io.json(answers);
    const [first] = answers;
    io.say(
      first?.believed
        ? 'The token is valid.'
        : `The token is not valid: ${first?.fault ?? 'there is no trusted profile'}.`,
    );
    io.lines(answers.flatMap((answer) => linesOf(answer.name, answer)));
    const open = answers.filter(({ believed, rules }) => believed && rules.some(({ holds }) => holds));
    io.say('');
    if (open.length === 0) io.say('No login with this token is let in.');
    for (const { id, name } of open) io.say(`A login with this token is let in: -u ${id} (${name}).`);
    io.ok();
  },
};

export const trustCommands: readonly Command[] = [...PLATFORMS.map(trusting), explain];
