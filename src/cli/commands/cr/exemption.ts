import type { ExemptIssue } from '../../../client/vulnerabilities.ts';
import type { Exemption, ExemptionScope } from '../../../wire/exemptions.ts';
import { CliError } from '../../cli-error.ts';
import { type Command, type Flag, OUTPUT } from '../../command.ts';
import { EXIT } from '../../exit-codes.ts';
import type { Input } from '../../input.ts';
import { namespaces } from '../../suggestions.ts';
import { table } from '../../table.ts';

const SCOPE: Flag = {
  flags: '--scope <scope>',
  summary: '"*" for the account, NAMESPACE, NAMESPACE/REPOSITORY, or an image with :TAG or @DIGEST',
  suggest: namespaces,
};

const ISSUE: readonly Flag[] = [
  SCOPE,
  {
    flags: '--issue-type <type>',
    summary: 'cve, sn or configuration',
    choices: ['cve', 'sn', 'configuration'],
  },
  { flags: '--issue-id <id>', summary: 'The issue, such as CVE-2018-9999' },
];

const issueIn = (input: Input): ExemptIssue => {
  const [scope, issueType, issueId] = [input.text('scope'), input.text('issueType'), input.text('issueId')];
  if (scope && issueType && issueId) return { scope, issueType, issueId };
  throw new CliError(
    EXIT.USAGE,
    'Name the scope and the issue: --scope SCOPE --issue-type TYPE --issue-id ID.',
  );
};

/** As `--scope` takes it. */
const printed = ({ namespace, repository, tag }: Partial<ExemptionScope> = {}): string => {
  if (namespace === undefined) return '*';
  const name = repository === undefined ? namespace : `${namespace}/${repository}`;
  return tag === undefined ? name : `${name}${tag.includes(':') ? '@' : ':'}${tag}`;
};

const exemptionTable = (found: readonly Exemption[]): string[] =>
  table([
    ['Scope', 'Issue type', 'Issue ID'],
    ...found.map(({ scope, issue_type, issue_id }) => [printed(scope), issue_type, issue_id]),
  ]);

const add: Command = {
  name: 'exemption-add',
  summary: 'Leave an issue out of the reports of images',
  flags: [...ISSUE, OUTPUT],
  async run({ io, connect }, input) {
    const { vulnerabilities } = await connect();
    const issue = issueIn(input);
    io.begin(`Creating exemption for '${issue.issueId}' in '${issue.scope}'`);
    const added = await vulnerabilities.addExemption(issue);
    if (input.json) return io.json(added);
    io.say('Successfully created the exemption');
    io.ok();
  },
};

const list: Command = {
  name: 'exemption-list',
  alias: 'exemptions',
  summary: 'List the issues that are left out, and where',
  flags: [{ ...SCOPE, summary: 'Only those that hold there: of this scope and of wider ones' }, OUTPUT],
  async run({ io, connect }, input) {
    const { vulnerabilities } = await connect();
    io.begin('Listing exemptions');
    const found = await vulnerabilities.exemptions(input.text('scope'));
    if (input.json) return io.json(found);
    io.lines(exemptionTable(found));
    io.ok();
  },
};

const remove: Command = {
  name: 'exemption-rm',
  summary: 'Let an issue count again',
  flags: ISSUE,
  async run({ io, connect }, input) {
    const { vulnerabilities } = await connect();
    const issue = issueIn(input);
    io.begin(`Deleting exemption for '${issue.issueId}' in '${issue.scope}'`);
    await vulnerabilities.removeExemption(issue);
    io.say('Successfully deleted the exemption');
    io.ok();
  },
};

const types: Command = {
  name: 'exemption-types',
  summary: 'List the types of issues that can be left out',
  flags: [OUTPUT],
  async run({ io, connect }, input) {
    const { vulnerabilities } = await connect();
    io.begin('Listing the types of exemptions');
    const found = await vulnerabilities.exemptionTypes();
    if (input.json) return io.json(found);
    io.lines(
      table([
        ['Issue type', 'Name'],
        ...found.map(({ identifier, display_name }) => [identifier, display_name]),
      ]),
    );
    io.ok();
  },
};

export const exemptionCommands: readonly Command[] = [add, list, remove, types];
