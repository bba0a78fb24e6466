import type { ExplainQuestion, ExplainResource, Explanation } from '../../../wire/explain.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, OUTPUT } from '../../command.ts';
import type { Connection } from '../../connection.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Input } from '../../input.ts';
import { profileNamed, serviceIdNamed, userNamed } from '../../named.ts';
import { table } from '../../table.ts';

type Subject = Pick<ExplainQuestion, 'iam_id' | 'type'>;

/** The prefix `user:`, `serviceid:` or `profile:` says what a name is of. An IAM id needs none. */
const subjectOf = async (connection: Connection, text: string | undefined): Promise<Subject> => {
  const { iam_id, sub_type } = connection.accessTokens.claims;
  const own = sub_type === 'ServiceId' ? 'serviceid' : sub_type === 'Profile' ? 'profile' : 'user';
  if (text === undefined) return { iam_id, type: own };
  const [, kind, rest = ''] = /^(user|serviceid|profile):(.+)$/.exec(text) ?? [];
  const word = kind ? rest : text;
  if (kind === 'serviceid' || /^(iam-)?ServiceId-/.test(word)) {
    return { iam_id: (await serviceIdNamed(connection, word)).iam_id, type: 'serviceid' };
  }
  if (kind === 'profile' || /^(iam-)?Profile-/.test(word)) {
    return { iam_id: (await profileNamed(connection, word)).iam_id, type: 'profile' };
  }
  return { iam_id: (await userNamed(connection, word)).id, type: 'user' };
};

/** `birds`, `birds/bluebird` or `birds/bluebird:1`, with or without the registry's host. Without a text: the account. */
const resourceOf = async (connection: Connection, text: string | undefined): Promise<ExplainResource> => {
  const region = await connection.regionIfAny();
  const place = region ? { region: region.name } : {};
  if (!text) return place;
  const path = text.startsWith(`${region?.registry}/`)
    ? text.slice((region?.registry.length ?? 0) + 1)
    : text;
  const [repository = '', tag] = path.split(':');
  const [namespace = ''] = repository.split('/');
  if (repository === namespace) return { ...place, namespace };
  return { ...place, namespace, repository, ...(tag === undefined ? {} : { tag }) };
};

const lines = (found: Explanation): string[] => [
  ...table([
    ['Who', found.iam_id ?? `registry token ${found.registry_token}`],
    ['Action', found.action],
    ['On', found.resource],
    ['Allowed', found.allowed ? 'yes' : 'no'],
    ['Because', found.because],
    ...(found.refused
      ? [
          ['Refused', `${found.refused.at}, ${found.refused.times} in that minute`],
          ['Because then', found.refused.because],
        ]
      : []),
    ...(found.groups.length > 0 ? [['Access groups', found.groups.join(', ')]] : []),
  ]),
  ...(found.policies.length > 0
    ? [
        '',
        ...table([
          ['Policy ID', 'Held by', 'Verdict'],
          ...found.policies.map(({ policy_id, subject, verdict }) => [policy_id, subject, verdict]),
        ]),
      ]
    : []),
];

const asked = async (connection: Connection, input: Input): Promise<Explanation> => {
  const request = input.optionalArgument('request_id');
  const action = input.text('action');
  if ((request === undefined) === (action === undefined)) {
    throw new CliError(
      EXIT.USAGE,
      'Name a request that was refused, or ask --subject WHO --action WHAT --resource WHERE.',
    );
  }
  if (request !== undefined) return connection.iam.explanations.request(request);
  const subject = await subjectOf(connection, input.text('subject'));
  const resource = await resourceOf(connection, input.text('resource'));
  return connection.iam.explanations.question({ ...subject, action: action ?? '', resource });
};

const explain: Command = {
  name: 'explain',
  summary: 'Say why a request was refused, or whether an identity may do something',
  args: [{ name: 'request_id', summary: 'ID of the request, as the refusal shows it', count: 'optional' }],
  flags: [
    {
      flags: '--subject <who>',
      summary: 'Whose rights: user:NAME, serviceid:NAME, profile:NAME or an IAM ID; default: yours',
    },
    {
      flags: '--action <action>',
      summary: 'What: pull, push, or an action such as container-registry.quota.set',
    },
    {
      flags: '--resource <resource>',
      summary: 'Where: NAMESPACE or NAMESPACE/REPOSITORY; default: the account',
    },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const connection = await connect();
    io.begin('Explaining');
    const found = await asked(connection, input);
    if (input.json) return io.json(found);
    io.lines(lines(found));
    io.ok();
  },
};

export const explainCommands: readonly Command[] = [explain];
