import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { COMMANDS, GROUPS } from '../../src/cli/tables.ts';
import { transcript } from '../support/transcript.ts';
import { Owner } from './owner.ts';

/** Words that are understood at first reading by people whose first language is not English. */
const RIDDLES =
  /\b(whoever|whomever|somebody|nobody|anybody|everybody|shall)\b|\bis no [a-z]|\bare no [a-z]/i;

describe('texts of the command line', () => {
  const owner = Owner.ofTests();

  for (const [line, complaint] of [
    ['login -a ftp://x --apikey k', "'ftp://x' is not a server address. Give scheme, host and port: http://"],
    ['cr quota-set --storage much', "'much' is not a limit. Give megabytes, such as --storage 500, or"],
    ['cr token-add --expires-in soon', "'soon' is not a duration. Give one such as 90s, 15m, 24h or 30d."],
    ['iam api-key-create k --expires-at soon', "'soon' is not a date. Give one such as 2027-01-31"],
    ['cr plan-upgrade gold', "The plan 'gold' does not exist. The plans are 'standard' and 'free'."],
    [
      'pull-secret --credential k --name A_B',
      "'A_B' is not a valid name of a Kubernetes secret. Give --name",
    ],
    ['cr namespace-rm .. -f', "'..' is not a name."],
    [
      'iam user-policy-create x --roles R --attributes y',
      "'y' is not an attribute. Give --attributes NAME=VALUE",
    ],
  ] as const) {
    test(`a wrong value is refused in a sentence that says what to type: ${line}`, async () => {
      const turn = await owner.run(line.replace(' x ', ` ${owner.registry.ownerIamId} `));
      assert.notEqual(turn.code, 0);
      assert.ok(turn.stderr.startsWith(`FAILED\n${complaint}`), transcript(turn));
      assert.doesNotMatch(turn.stderr, RIDDLES);
    });
  }

  test('a condition of a rule that cannot be read is refused with the form it has', async () => {
    await owner.says('iam trusted-profile-create ways');
    const turn = await owner.run('iam trusted-profile-rule-create ways --conditions x');
    assert.match(turn.stderr, /^FAILED\n'x' is not a condition\. Give --conditions claim:NAME,operator:/);
  });
});

test('summaries of commands, arguments and options are plain sentences', () => {
  for (const { name, summary, args = [], flags = [] } of [
    ...COMMANDS,
    ...GROUPS.flatMap(({ commands }) => commands),
  ]) {
    for (const text of [summary, ...args.map((each) => each.summary), ...flags.map((each) => each.summary)])
      assert.doesNotMatch(text, RIDDLES, `${name}: ${text}`);
  }
});
