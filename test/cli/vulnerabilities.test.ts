import assert from 'node:assert/strict';
import test, { before, describe } from 'node:test';
import { TestRepository } from '../spec/repository.ts';
import { Owner } from './owner.ts';
import { shows } from './terminal.ts';

describe('cr vulnerability-assessment, va-version, va-version-set', () => {
  const owner = Owner.ofTests('birds');
  let digest: string;
  before(async () => {
    const { descriptor } = await new TestRepository(owner.registry, 'birds/bluebird').pushImage('1');
    digest = descriptor.digest;
  });

  const unscanned = (name: string) => [
    `Checking security issues for '${name}'...`,
    '',
    `Image '${name}' was not scanned: this registry has no scanner, and knows of no issues.`,
    '',
  ];

  test('an image that was not scanned is not told to be without issues: the command ends in 1', async () => {
    const name = `${owner.registry.host}/birds/bluebird:1`;
    for (const line of [
      `cr vulnerability-assessment ${name}`,
      `cr va ${name}`,
      `cr va -e -v -c -o text ${name}`,
    ])
      shows(await owner.run(line), {
        code: 1,
        stdout: unscanned(name),
        stderr: ['FAILED', `No report says that there are no issues in '${name}' (UNSCANNED).`],
      });
  });

  test('several images are reported one after the other, and as one list with -o json', async () => {
    const names = ['birds/bluebird:1', `birds/bluebird@${digest}`];
    const told = names.map((name) => `'${name}' (UNSCANNED)`).join(', ');
    const stderr = ['FAILED', `No report says that there are no issues in ${told}.`];
    shows(await owner.run(['cr', 'va', ...names]), {
      code: 1,
      stdout: names.flatMap(unscanned),
      stderr,
    });
    const turn = await owner.run(['cr', 'va', ...names, '-o', 'json']);
    assert.equal(turn.code, 1);
    assert.deepEqual(
      JSON.parse(turn.stdout),
      names.map((name) => ({
        name,
        configuration_issues: [],
        id: digest,
        os_distribution: {},
        scan_time: 0,
        status: 'UNSCANNED',
        vulnerabilities: [],
      })),
    );
  });

  test('an image that is not there ends in 4', async () => {
    shows(await owner.run('cr va birds/none:1'), {
      code: 4,
      stdout: ["Checking security issues for 'birds/none:1'...", ''],
      stderr: [
        'FAILED',
        'There is no image birds/none:1 whose report you may see; you need the role Reader on its namespace.',
        '(CRG0004E, request <id>)',
      ],
    });
  });

  test('va-version and va-version-set know one version', async () => {
    const stdout = ["You are using Vulnerability Advisor version 'v4'.", '', 'OK'];
    shows(await owner.run('cr va-version'), { stdout });
    shows(await owner.run('cr va-version-set v4'), { stdout });
    shows(await owner.run('cr va-version-set v3'), {
      code: 2,
      stderr: ['FAILED', "The version 'v3' does not exist. The only version is 'v4'."],
    });
  });
});
