import assert from 'node:assert/strict';
import test from 'node:test';
import { COMMANDS, GROUPS } from '../../src/cli/tables.ts';
import { shows, Terminal } from './terminal.ts';

const usage = (stderr: readonly string[]) => ({ code: 2, stderr: ['FAILED', ...stderr] });

test('a program or a group alone shows its help and succeeds', async () => {
  using shell = new Terminal();
  for (const line of ['', 'cr', 'iam', 'account', 'resource']) {
    const alone = await shell.run(line);
    const asked = await shell.run(`${line} --help`);
    assert.equal(alone.code, 0);
    assert.match(alone.stdout, /^Usage: bx/);
    assert.deepEqual([alone.stdout, alone.stderr], [asked.stdout, '']);
  }
});

test('every command of the tables stands in the help, and every flag in the help of its command', async () => {
  using shell = new Terminal();
  for (const { name, commands } of [{ name: '', commands: COMMANDS }, ...GROUPS]) {
    const overview = await shell.run(`${name} --help`);
    for (const command of commands) {
      const label = [command.name, ...(command.alias ? [command.alias] : [])].join('|');
      // what a group's name alone does is in the group's own help
      if (label !== '') {
        assert.match(overview.stdout, new RegExp(`^ {2}${RegExp.escape(label)}\\b`, 'm'));
        // a long line is broken where the terminal ends
        assert.ok(overview.stdout.replace(/\s+/g, ' ').includes(` ${command.summary} `), command.summary);
      }
      const { stdout, code } = await shell.run(`${name} ${command.name} --help`);
      assert.equal(code, 0);
      for (const flag of command.flags ?? [])
        assert.ok(stdout.includes(flag.flags), `${flag.flags} in ${stdout}`);
      for (const { name: argument, count } of command.args ?? []) {
        const shown = { one: `<${argument}>`, optional: `[${argument}]`, many: `<${argument}...>` };
        assert.ok(stdout.includes(shown[count ?? 'one']), `${argument} in ${stdout}`);
      }
    }
  }
});

test('the help of one command', async () => {
  using shell = new Terminal();
  shows(await shell.run('cr namespace-rm --help'), {
    stdout: [
      'Usage: bx cr namespace-rm [options] <namespace>',
      '',
      'Delete a namespace with all its images',
      '',
      'Arguments:',
      '  namespace    Name of the namespace',
      '',
      'Options:',
      '  -f, --force  Do not ask for confirmation',
      '  -h, --help   Show this help',
    ],
  });
});

test('help, errors and advice use the name the program was invoked by', async () => {
  using shell = new Terminal();
  for (const as of ['tidegate', 'bx', 'ibmcloud'] as const) {
    assert.match((await shell.run('cr --help', { as })).stdout, new RegExp(`^Usage: ${as} cr `));
    shows(await shell.run('cr region', { as }), {
      code: 3,
      stderr: ['FAILED', `Not logged in. Use '${as} login -a URL --apikey KEY' to log in.`],
    });
    shows(
      await shell.run('cr regio', { as }),
      usage(["Incorrect usage: unknown command 'regio' (Did you mean region?)", `See '${as} cr --help'.`]),
    );
  }
});

test('commands of the operator stand in the help and in its suggestions', async () => {
  using shell = new Terminal();
  const operatorCommands = [{ name: 'serve', summary: 'run the registry' }];
  const { stdout } = await shell.run('--help', { operatorCommands });
  assert.match(stdout, /\n\nOperator commands:\n {2}serve +run the registry\n$/);
  shows(
    await shell.run('serv', { operatorCommands }),
    usage(["Incorrect usage: unknown command 'serv' (Did you mean serve?)", "See 'bx --help'."]),
  );
});

test('a command of the operator that reaches the client is refused with a message', async () => {
  using shell = new Terminal();
  const operatorCommands = [{ name: 'serve', summary: 'run the registry' }];
  shows(
    await shell.run('serve', { operatorCommands }),
    usage(["serve is a command of the operator: run 'tidegate serve'."]),
  );
});

test('a command line that is not understood ends in 2 and says where to look', async () => {
  using shell = new Terminal();
  for (const [line, complaint, see] of [
    ['foo', "unknown command 'foo'", 'bx'],
    ['cr namespace-ad x', "unknown command 'namespace-ad' (Did you mean namespace-add?)", 'bx cr'],
    ['cr namespace-add', "missing required argument 'namespace'", 'bx cr namespace-add'],
    [
      'cr namespaces x',
      "too many arguments for 'namespace-list'. Expected 0 arguments but got 1: x.",
      'bx cr namespace-list',
    ],
    ['cr namespaces -x', "unknown option '-x'", 'bx cr namespace-list'],
    ['cr images --restric x', "unknown option '--restric' (Did you mean --restrict?)", 'bx cr image-list'],
    ['cr images --restrict', "option '--restrict <namespace>' argument missing", 'bx cr image-list'],
    [
      'cr namespaces -o yaml',
      "option '-o, --output <format>' argument 'yaml' is invalid. Allowed choices are json.",
      'bx cr namespace-list',
    ],
  ] as const) {
    shows(await shell.run(line), usage([`Incorrect usage: ${complaint}`, `See '${see} --help'.`]));
  }
});

test('--version and -v show the version before a command only: after it -v belongs to the command', async () => {
  using shell = new Terminal();
  for (const line of ['--version', '-v'])
    assert.match((await shell.run(line)).stdout, /^tidegate \d+\.\d+\.\d+\n$/);
  assert.equal((await shell.run('cr namespaces -v')).code, 3);
});

test('without a login every command ends in 3 before it does anything, except login, logout, version, joining an account, making keys and the plugin of the kubelet', async () => {
  using shell = new Terminal();
  const anonymous = ['login', 'logout', 'version'];
  const withoutLogin = ['credential-provider', 'invitation-accept', 'keygen'];
  const alone = COMMANDS.filter(({ name }) => !anonymous.includes(name));
  for (const { group, commands } of [
    { group: [], commands: alone },
    ...GROUPS.map(({ name, commands }) => ({ group: [name], commands })),
  ]) {
    for (const { name, args = [] } of commands) {
      if (withoutLogin.includes(name)) continue;
      shows(await shell.run([...group, name, ...args.map(() => 'word')].filter(Boolean)), {
        code: 3,
        stderr: ['FAILED', "Not logged in. Use 'bx login -a URL --apikey KEY' to log in."],
      });
    }
  }
});

test('a template that cannot be read is refused before anything is asked of a server', async () => {
  using shell = new Terminal();
  shows(
    await shell.run(['cr', 'images', '--format', '{{.Tag']),
    usage(['The template of --format is not valid: an action is not closed with }}.']),
  );
});
