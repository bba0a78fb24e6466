import type { ProtectionRule } from '../../../wire/protection.ts';
import { NAMESPACE } from '../../arguments.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, OUTPUT } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import { namespaces, protectionRules } from '../../suggestions.ts';
import { table } from '../../table.ts';

/** A rule as a person reads it: `v* in app* except *-rc*`. */
const ruleText = ({ tags, repositories, exceptions }: ProtectionRule): string => {
  const where = repositories === undefined ? '' : ` in ${repositories}`;
  return `${tags}${where}${exceptions.length === 0 ? '' : ` except ${exceptions.join(', ')}`}`;
};

const add: Command = {
  name: 'protection-add',
  summary: 'Protect tags of a namespace from being moved and deleted',
  args: [NAMESPACE],
  flags: [
    { flags: '--tags <pattern>', summary: "Which tags, such as 'v*'; * is any text, ? one character" },
    {
      flags: '--repositories <pattern>',
      summary: "In which repositories, without the namespace, such as 'app*'; default: in all",
    },
    { flags: '--except <pattern>', summary: 'Tags that can be moved all the same', many: true },
    OUTPUT,
  ],
  async run({ io, connect }, input) {
    const namespace = input.argument('namespace');
    const { protection } = await connect();
    const tags = input.text('tags');
    if (tags === undefined) throw new CliError(EXIT.USAGE, "Say which tags: --tags PATTERN, such as 'v*'.");
    const repositories = input.text('repositories');
    io.begin(`Protecting tags in namespace '${namespace}'`);
    const rule = await protection.add(namespace, {
      tags,
      ...(repositories === undefined ? {} : { repositories }),
      exceptions: [...input.texts('except')],
    });
    if (input.json) return io.json(rule);
    io.say(`Successfully added protection rule '${rule.id}' for tags ${ruleText(rule)}`);
    io.ok();
  },
};

interface Listed extends ProtectionRule {
  readonly namespace: string;
}

const ruleTable = (rules: readonly Listed[]): string[] =>
  table([
    ['Namespace', 'ID', 'Tags', 'Repositories', 'Except', 'Created'],
    ...rules.map(({ namespace, id, tags, repositories, exceptions, created_at }) => [
      namespace,
      id,
      tags,
      repositories ?? '-',
      exceptions.join(', ') || '-',
      created_at,
    ]),
  ]);

/** Stands for every namespace that the caller may see: no namespace has a name of three letters. */
const ALL = 'all';

const list: Command = {
  name: 'protection-list',
  alias: 'protections',
  summary: 'List the rules that protect tags from being moved and deleted',
  args: [
    {
      name: 'namespace',
      summary: 'Name of the namespace, or all',
      suggest: async (connection, typed, begun) => [
        { word: ALL },
        ...(await namespaces(connection, typed, begun)),
      ],
    },
  ],
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const word = input.argument('namespace');
    const connection = await connect();
    io.begin(`Listing protection rules of ${word === ALL ? 'all namespaces' : `namespace '${word}'`}`);
    const rules: Listed[] = [];
    for (const namespace of word === ALL ? await connection.namespaces.list() : [word])
      for (const rule of await connection.protection.list(namespace)) rules.push({ namespace, ...rule });
    if (input.json) return io.json(rules);
    io.lines(ruleTable(rules));
    if (rules.length === 0) io.say('\nNo rule protects tags there.');
    io.ok();
  },
};

const remove: Command = {
  name: 'protection-rm',
  summary: 'Take a protection rule away',
  args: [NAMESPACE, { name: 'id', summary: 'ID of the rule', suggest: protectionRules }],
  async run({ io, connect }, input) {
    const namespace = input.argument('namespace');
    const id = input.argument('id');
    const { protection } = await connect();
    io.begin(`Removing protection rule '${id}' of namespace '${namespace}'`);
    await protection.remove(namespace, id);
    io.say(`Successfully removed protection rule '${id}'`);
    io.ok();
  },
};

export const protectionCommands: readonly Command[] = [add, list, remove];
