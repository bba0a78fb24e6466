import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { Owner } from './owner.ts';
import { shows, Terminal } from './terminal.ts';

describe('cr platform-metrics, private-only, iam-policies-enable, iam-policies-status', () => {
  const owner = Owner.ofTests();

  const place = () => `for account '${owner.registry.accountId}' in registry '${owner.registry.host}'`;

  for (const { command, doing, what, note, json } of [
    {
      command: 'platform-metrics',
      doing: 'platform metrics',
      what: 'Platform metrics are',
      note: 'This registry keeps the setting and does nothing else with it: metrics are for its operator.',
      json: 'platform_metrics',
    },
    {
      command: 'private-only',
      doing: 'private-only connections',
      what: 'Private-only connections are',
      note: 'This registry keeps the setting and refuses nothing by it: its operator decides who can reach it.',
      json: 'private_only',
    },
  ]) {
    test(`${command} enables, disables and shows the setting, and says what it does here`, async () => {
      const says = (begun: string, state: string) => ({
        stdout: [`${begun} ${doing} ${place()}...`, '', `${what} ${state}.`, note, '', 'OK'],
      });
      shows(await owner.run(`cr ${command} --status`), says('Getting the status of', 'disabled'));
      shows(await owner.run(`cr ${command} --enable`), says('Enabling', 'enabled'));
      shows(await owner.run(`cr ${command} --status`), says('Getting the status of', 'enabled'));
      assert.deepEqual(await owner.json(`cr ${command} --status`), { [json]: true });
      shows(await owner.run(`cr ${command} --disable`), says('Disabling', 'disabled'));
      assert.deepEqual(await owner.json(`cr ${command} --enable`), { [json]: true });
      assert.deepEqual(await owner.json(`cr ${command} --disable`), { [json]: false });
    });

    test(`${command} without exactly one of its options is refused before the server is asked`, async () => {
      for (const flags of ['', '--enable --disable', '--enable --status'])
        shows(await owner.run(`cr ${command} ${flags}`), {
          code: 2,
          stderr: ['FAILED', 'Give exactly one of --enable, --disable and --status.'],
        });
    });
  }

  test('iam-policies-enable and iam-policies-status say that policies decide, which they always do', async () => {
    shows(await owner.run('cr iam-policies-enable'), {
      stdout: [`Enabling IAM policies ${place()}...`, '', 'IAM policies are enabled.', '', 'OK'],
    });
    shows(await owner.run('cr iam-policies-status'), {
      stdout: [`Getting the status of IAM policies ${place()}...`, '', 'IAM policies are enabled.', '', 'OK'],
    });
  });

  test('who may not change the setting ends in 5 and is shown how to find out why', async () => {
    const key = JSON.parse((await owner.run('iam service-id-create ci -o json')).stdout);
    const made = await owner.json(`iam service-api-key-create key ${key.id}`);
    using ci = new Terminal();
    await ci.logIn(owner.registry.url, made.apikey);
    const turn = await ci.run('cr platform-metrics --enable', { clock: owner.registry.clock });
    assert.equal(turn.code, 5);
    assert.equal(turn.stdout, `Enabling platform metrics ${place()}...\n\n`);
    const [failed, because, explain] = turn.stderr.split('\n');
    const { accountId } = owner.registry;
    assert.deepEqual(
      [failed, because],
      [
        'FAILED',
        `You are not authorized: no policy grants container-registry.settings.set on account ${accountId}.`,
      ],
    );
    assert.match(explain ?? '', /^'bx iam explain [0-9a-f]{32}' shows which policies were looked at\.$/);
  });
});
