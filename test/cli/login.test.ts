import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { shows, Terminal } from './terminal.ts';

describe('login, target, logout', () => {
  let registry: RegistryProcess;

  before(async () => {
    registry = await startRegistryProcess();
  });
  after(() => registry[Symbol.asyncDispose]());

  /** What login and target show of the server. */
  const targetLines = async (shell: Terminal): Promise<string[]> => {
    const { stdout } = await shell.run('target');
    const [user = ''] = /^User:.*$/m.exec(stdout) ?? [];
    return [
      `API endpoint:   ${registry.url}`,
      'Region:         local',
      `Registry:       ${registry.host}`,
      `Account:        ${await registry.accountId()}`,
      user,
    ];
  };

  test('login shows what is targeted, and target shows it again', async () => {
    using shell = new Terminal();
    const turn = await shell.run(['login', '-a', registry.url, '--apikey', registry.apikey]);
    const target = await targetLines(shell);
    assert.match(target.at(-1) ?? '', /^User: {11}\S+$/);
    shows(turn, { stdout: [`Logging in to ${registry.url}...`, '', ...target, '', 'OK'] });
    shows(await shell.run('target'), { stdout: [...target, '', 'OK'] });
  });

  test('no API key is remembered', async () => {
    using shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);
    assert.ok(!readFileSync(shell.configFile, 'utf8').includes(registry.apikey));
    assert.deepEqual(Object.keys(shell.remembered()), ['endpoint', 'session']);
  });

  test('the key comes from a value, a file, the JSON of api-key-create, standard input, the environment or a question', async () => {
    using shell = new Terminal();
    const { apikey, url } = registry;
    const bare = join(shell.home, 'bare');
    writeFileSync(bare, `${apikey}\n`);
    const json = join(shell.home, 'key.json');
    writeFileSync(json, JSON.stringify({ name: 'k', apikey }));
    for (const [words, typed] of [
      [['--apikey', apikey], {}],
      [[`--apikey=${apikey}`], {}],
      [['--apikey', `@${bare}`], {}],
      [['--apikey', `@${json}`], {}],
      [['--apikey', '-'], { stdin: `${apikey}\n` }],
      [[], { env: { IBMCLOUD_API_KEY: apikey } }],
      [
        [],
        {
          answers: [
            ['Email>', '\r'],
            ['API key>', `${apikey}\r`],
          ],
        },
      ],
    ] as const) {
      const turn = await shell.run(['login', '-a', url, ...words], typed);
      assert.equal(turn.code, 0, turn.stderr);
      assert.ok(!(turn.stdout + turn.stderr).includes(apikey), 'the key is not shown');
      await shell.run('logout');
    }
  });

  test('login without options, as in IBM’s page of 2017, asks for user and password at the last server', async () => {
    using shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);
    const turn = await shell.run('login', {
      answers: [
        ['Email>', 'me@example.com\r'],
        ['Password>', 'open sesame\r'],
      ],
    });
    assert.equal(turn.code, 5);
    assert.match(turn.stderr, new RegExp(`^API endpoint: ${registry.url}\n`));
    assert.ok(turn.stdout.startsWith(`Logging in to ${registry.url}...\n`), turn.stdout);
    assert.match(
      turn.stderr,
      /FAILED\n.+\nCheck user name and password, or log in with an API key: --apikey KEY\.\n/,
    );
    assert.ok(!turn.stderr.includes('sesame'), 'the password is not shown');
    assert.equal((await shell.run('target')).code, 0, 'the session of before is still there');
  });

  test('an empty user name asks for an API key', async () => {
    using shell = new Terminal();
    const turn = await shell.run(['login', '-a', registry.url], {
      answers: [
        ['Email>', '\r'],
        ['API key>', `${registry.apikey}\r`],
      ],
    });
    assert.equal(turn.code, 0, turn.stderr);
    assert.ok(!(turn.stdout + turn.stderr).includes(registry.apikey), 'the key is not shown');
  });

  test('-u and -p log in with a password; -u alone asks for it on a terminal', async () => {
    using shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);
    for (const [words, typed] of [
      [['-u', 'me', '-p', 'open sesame'], {}],
      [['--user', 'me', '--password', ''], {}],
      [['-u', 'me'], { answers: [['Password>', 'open sesame\r']] }],
    ] as const) {
      const turn = await shell.run(['login', ...words], typed);
      assert.equal(turn.code, 5, turn.stderr);
      assert.match(turn.stderr, /\nCheck user name and password/);
    }
    for (const [words, complaint] of [
      [
        ['-u', 'me'],
        'No password given. Use -p @FILE, -p - (standard input) or -p PASSWORD, or log in with --apikey.',
      ],
      [['-p', 'secret'], 'No user name given. Use -u USER with -p.'],
      [['-u', '', '-p', 'secret'], 'The user name is empty.'],
      [['-u', 'me', '--apikey', 'key'], 'Use either --apikey or -u and -p.'],
    ] as const) {
      shows(await shell.run(['login', ...words]), { code: 2, stderr: ['FAILED', complaint] });
    }
  });

  test('-u is used before the environment, and the environment before questions', async () => {
    using shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);
    const env = { IBMCLOUD_API_KEY: registry.apikey };
    assert.equal((await shell.run('login -u me -p secret', { env })).code, 5);
    const turn = await shell.run('login', { env, answer: 'not asked\r' });
    assert.equal(turn.code, 0, turn.stderr);
    assert.doesNotMatch(turn.stderr, /Email/);
  });

  test('--apikey is used before the environment', async () => {
    using shell = new Terminal();
    const env = { IBMCLOUD_API_KEY: 'x'.repeat(44) };
    assert.equal(
      (await shell.run(['login', '-a', registry.url, '--apikey', registry.apikey], { env })).code,
      0,
    );
  });

  test('a key that cannot be read is refused before the server is asked', async () => {
    using shell = new Terminal();
    const ways =
      'Use --apikey KEY, --apikey @FILE, --apikey - (standard input) or the environment variable IBMCLOUD_API_KEY.';
    const missing = join(shell.home, 'missing');
    for (const [words, complaint] of [
      [[], `No API key given. ${ways}`],
      [['--apikey', ''], 'The API key is empty.'],
      [['--apikey', '-'], 'The API key is empty.'],
      [
        ['--apikey', `@${missing}`],
        `Cannot read the API key: ENOENT: no such file or directory, open '${missing}'.`,
      ],
    ] as const) {
      shows(await shell.run(['login', '-a', registry.url, ...words]), {
        code: 2,
        stderr: ['FAILED', complaint],
      });
    }
  });

  test('a wrong key ends in 5 and keeps the earlier session', async () => {
    using shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);
    const before = shell.remembered();
    const turn = await shell.run(['login', '--apikey', 'x'.repeat(44)]);
    assert.equal(turn.code, 5);
    assert.equal(turn.stdout, `Logging in to ${registry.url}...\n\n`);
    assert.match(
      turn.stderr,
      /^FAILED\n.+\nCheck the API key and that it belongs to http:\/\/127\.0\.0\.1:\d+\.\n/,
    );
    assert.deepEqual(shell.remembered(), before);
  });

  test('the address is the last one that was used; without one login says which to try', async () => {
    using shell = new Terminal();
    shows(await shell.run(['login', '--apikey', registry.apikey]), {
      code: 2,
      stderr: [
        'FAILED',
        'No server address given. Use -a URL, for a server on this machine: bx login -a http://127.0.0.1:5000',
      ],
    });
    await shell.logIn(registry.url, registry.apikey);
    await shell.run('logout');
    assert.equal((await shell.run(['login', '--apikey', registry.apikey])).code, 0);
    assert.equal(shell.remembered().endpoint, registry.url);
  });

  test('logout forgets the session and keeps the address', async () => {
    using shell = new Terminal();
    await shell.logIn(registry.url, registry.apikey);
    shows(await shell.run('logout'), {
      stdout: ['Logging out...', '', 'The session has ended.', '', 'OK'],
    });
    assert.deepEqual(shell.remembered(), { endpoint: registry.url });
    shows(await shell.run('target'), {
      code: 3,
      stderr: ['FAILED', "Not logged in. Use 'bx login -a URL --apikey KEY' to log in."],
    });
    shows(await shell.run('logout'), { stdout: ['Logging out...', '', 'You were not logged in.', '', 'OK'] });
  });

  test('a login replaces a damaged file', async () => {
    using shell = new Terminal();
    writeFileSync(shell.configFile, '{"endpoint":');
    const damaged = [`${shell.configFile} is damaged. Delete it and log in again.`];
    shows(await shell.run('cr region'), { code: 1, stderr: ['FAILED', ...damaged] });
    await shell.logIn(registry.url, registry.apikey);
    assert.equal((await shell.run('cr region')).code, 0);
  });

  test('two homes are two sessions', async () => {
    using one = new Terminal();
    using two = new Terminal();
    await one.logIn(registry.url, registry.apikey);
    assert.equal((await one.run('target')).code, 0);
    assert.equal((await two.run('target')).code, 3);
  });

  test('a question left with Ctrl-C ends in 130', async () => {
    using shell = new Terminal();
    const turn = await shell.run(['login', '-a', registry.url], { answer: '\u0003' });
    assert.equal(turn.code, 130);
    assert.match(turn.stderr, /FAILED\nInterrupted\.\n$/);
  });
});
