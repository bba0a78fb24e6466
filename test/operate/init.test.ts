import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { parse } from 'yaml';
import { writeSettings } from '../../src/admin/init.ts';
import { loadConfig } from '../../src/config/load.ts';
import { fencedBlocks } from '../guides/fenced.ts';
import { needs } from '../support/component.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { type Outcome, terminal } from './operator.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

/** What a file says, without comments. */
const settingsIn = (file: string): Record<string, string> => parse(readFileSync(file, 'utf8'));

/** Runs the program in a folder, and answers questions in their order where there is a terminal. */
const runIn = async (
  cwd: string,
  args: readonly string[],
  {
    answers,
    meanwhile,
  }: { answers?: readonly string[]; meanwhile?: (child: ChildProcess) => Promise<void> } = {},
): Promise<Outcome> => {
  const line = [process.execPath, main, ...args];
  const argv = answers ? ['script', '--quiet', '--return', '--command', line.join(' '), '/dev/null'] : line;
  const { PATH = '', NODE_COMPILE_CACHE: cache } = process.env;
  const env = { PATH, HOME: cwd, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) };
  const [program = '', ...rest] = argv;
  const child = spawn(program, rest, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000 });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const closed = once(child, 'close');
  let read = 0;
  for (const answer of answers ?? []) {
    // a question ends with a blank and waits; what was read before is not looked at again
    await until(
      'a question',
      () => child.exitCode !== null || /[\]:] $/.test(stripVTControlCharacters(stdout.slice(read))),
    );
    read = stdout.length;
    child.stdin.write(`${answer}\n`);
  }
  if (!answers) child.stdin.end();
  await meanwhile?.(child);
  const [code] = await closed;
  return { code, stdout, stderr };
};

test('without a terminal flags become a settings file that only its owner reads, with paths that hold from any folder', async () => {
  using folder = temporaryFolder();
  const name = ['--external-url', 'https://registry.example.com:8443'];
  const made = await runIn(folder.path, [
    'init',
    '--data',
    'kept',
    ...name,
    '--tls',
    'self-signed',
    '--drain=5s',
  ]);
  assert.equal(made.code, 0, made.stderr);
  const file = join(folder.path, 'tidegate.yaml');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(settingsIn(file), {
    data: join(folder.path, 'kept'),
    external_url: 'https://registry.example.com:8443',
    tls: 'self-signed',
    drain: '5s',
    listen: '0.0.0.0:8443',
  });
  assert.ok(
    made.stdout.includes(`API key in ${join(folder.path, 'kept/owner-apikey')}, which only you can read`),
  );
  assert.ok(!existsSync(join(folder.path, 'kept')), 'the data folder is made by the server');
});

test('it never writes over a file, unless that is asked for', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'tidegate.yaml');
  writeFileSync(file, 'listen: 127.0.0.1:7000\n');
  const refused = await runIn(folder.path, ['init', '--data', 'data']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /tidegate\.yaml is there already; -f writes over it/);
  assert.deepEqual(settingsIn(file), { listen: '127.0.0.1:7000' });
  const forced = await runIn(folder.path, ['init', '--data', 'data', '-f']);
  assert.equal(forced.code, 0, forced.stderr);
  assert.deepEqual(settingsIn(file), { data: join(folder.path, 'data') });
});

test('without a terminal and without a flag nothing is written, and the refusal says what to type', async () => {
  using folder = temporaryFolder();
  const refused = await runIn(folder.path, ['init', '-f']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /no terminal to ask on: give the answers as flags, such as --data \.\/data/);
  assert.deepEqual(readdirSync(folder.path), []);
});

test('a tidegate.yaml that other users can write is not read, unless it is named', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'tidegate.yaml');
  writeFileSync(file, 'listen: 127.0.0.1:7000\n');
  chmodSync(file, 0o646);
  const refused = await runIn(folder.path, ['config']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /tidegate\.yaml can be written by other users: name it with --config/);
  const named = await runIn(folder.path, ['config', '--config', 'tidegate.yaml']);
  assert.match(named.stdout, /^TIDEGATE_LISTEN = 127\.0\.0\.1:7000 {3}\[file/m);
  if (process.getuid?.() !== 0) return; // only root can give a file away
  chmodSync(file, 0o600);
  chownSync(file, 65_534, 65_534);
  assert.equal((await runIn(folder.path, ['config'])).code, 1);
});

test('what a server would refuse is refused before anything is written', () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  for (const [flags, words] of [
    [{ '--listen': '0.0.0.0:5000' }, /TIDEGATE_EXTERNAL_URL is required/],
    [{ '--tls': 'absent' }, /TIDEGATE_TLS .*must be self-signed/],
    [{ '--listn': '127.0.0.1:1' }, /there is no flag --listn/],
    [{ '--database-url': 'postgres://h/d', '--blob-redirect': '5m' }, /set TIDEGATE_BLOBS_URL/],
  ] as const)
    assert.throws(
      () => writeSettings({ '--data': data, ...flags }, join(folder.path, 'tidegate.yaml')),
      words,
    );
  assert.deepEqual(readdirSync(folder.path), []);
});

test('serve and the other commands read tidegate.yaml where they are started; flags and environment win over it', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'kept');
  assert.equal((await runIn(folder.path, ['init', '--data', 'kept', '--listen', '127.0.0.1:0'])).code, 0);
  const served = await runIn(folder.path, ['serve', '--drain', '1s'], {
    meanwhile: async (child) => {
      await until('it listens', () => existsSync(join(data, 'listening')) || child.exitCode !== null);
      child.kill('SIGTERM');
    },
  });
  assert.equal(served.code, 0, served.stderr);
  assert.ok(served.stdout.includes(`API key is in ${join(data, 'owner-apikey')}, which only you can read`));
  assert.equal(statSync(join(data, 'owner-apikey')).mode & 0o777, 0o600);
  const printed = await runIn(folder.path, ['config', '--listen', '127.0.0.1:7000']);
  assert.match(printed.stdout, new RegExp(`^TIDEGATE_DATA = ${data} {3}\\[file`, 'm'));
  assert.match(printed.stdout, /^TIDEGATE_LISTEN = 127\.0\.0\.1:7000 {3}\[flag/m);
});

test('with PostgreSQL it makes the master key in a file of its own, and never another one', () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'tidegate.yaml');
  const key = join(folder.path, 'data/master.key');
  const flags = {
    '--data': join(folder.path, 'data'),
    '--database-url': 'postgres://u:pa55w0rd@h/d',
    '--blobs-url': 's3://bucket',
  };
  const said = writeSettings(flags, file).join('\n');
  assert.match(said, /AWS_ACCESS_KEY_ID/);
  assert.ok(!said.includes('pa55w0rd'));
  assert.equal(statSync(key).mode & 0o777, 0o600);
  assert.equal(settingsIn(file).master_key_file, key);
  const first = readFileSync(key, 'utf8');
  const { config } = loadConfig({ '--config': file }, {});
  assert.equal(config.masterKey?.toString('base64'), first.trim());
  writeSettings(flags, file);
  assert.equal(readFileSync(key, 'utf8'), first);
});

const TERMINAL = needs(terminal);

const PAGE = fencedBlocks(
  readFileSync(join(import.meta.dirname, '../../docs/operate/installing.md'), 'utf8'),
);

/** What is typed at a question that a page shows: it ends with what an empty answer means. */
const ANSWERED = /^(?:.*[?:]|Number) \[[^\]]+\](?: (.*))?$/;

test(
  'the conversation that docs/operate/installing.md shows is the one that init has',
  TERMINAL,
  async () => {
    using folder = temporaryFolder();
    const [command, ...shown] = PAGE[0]?.lines ?? [];
    assert.equal(command, '$ tidegate init');
    const answers = shown.flatMap((line) => {
      const [isQuestion, answer = ''] = ANSWERED.exec(line) ?? [];
      return isQuestion === undefined ? [] : [answer];
    });
    const { stdout } = await runIn(folder.path, ['init'], { answers });
    const screen = stripVTControlCharacters(stdout)
      .replaceAll('\r', '')
      .replaceAll(folder.path, '/home/me')
      .replace(`[${hostname()}:5000]`, '[myhost:5000]')
      .replace('npm start', 'tidegate serve');
    const lines = (text: string): string[] => text.split('\n').map((line) => line.trimEnd());
    assert.deepEqual(lines(screen), [...shown, '']);
  },
);

test('the line for scripts in docs/operate/installing.md writes the same file', async () => {
  using folder = temporaryFolder();
  const [line = ''] = PAGE[1]?.lines ?? [];
  const made = await runIn(folder.path, line.split(' ').slice(1));
  assert.equal(made.code, 0, made.stderr);
  assert.deepEqual(settingsIn(join(folder.path, 'tidegate.yaml')), {
    data: join(folder.path, 'data'),
    external_url: 'https://registry.example.com',
    tls: 'self-signed',
    listen: '0.0.0.0:443',
  });
});

test(
  'on a terminal three questions, each answered with nothing, make a registry for this machine alone',
  TERMINAL,
  async () => {
    using folder = temporaryFolder();
    const made = await runIn(folder.path, ['init'], { answers: ['', '', ''] });
    assert.equal(made.code, 0, made.stdout);
    assert.deepEqual(settingsIn(join(folder.path, 'tidegate.yaml')), { data: join(folder.path, 'data') });
  },
);

test(
  'a wrong answer is asked again with what would be right; a given flag is not asked',
  TERMINAL,
  async () => {
    using folder = temporaryFolder();
    const answers = ['9', '2', 'a name', 'Registry.example.com:5443', 'x', '1'];
    const made = await runIn(folder.path, ['init', '--data', '/srv/tidegate'], { answers });
    assert.equal(made.code, 0, made.stdout);
    assert.match(made.stdout, /It must be a number from 1 to 4\./);
    assert.match(made.stdout, /It must be an address such as/);
    assert.ok(made.stdout.includes(`[${hostname()}:5000]`));
    assert.deepEqual(settingsIn(join(folder.path, 'tidegate.yaml')), {
      data: '/srv/tidegate',
      external_url: 'https://registry.example.com:5443',
      tls: 'self-signed',
      listen: '0.0.0.0:5443',
    });
  },
);

test('a certificate of yours, a proxy, and PostgreSQL with S3 are asked for in words', TERMINAL, async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'tidegate.yaml');
  const pair = join(folder.path, 'pair.pem');
  writeFileSync(pair, 'certificate and key');
  const own = await runIn(folder.path, ['init'], { answers: ['', '3', 'r.example.com', pair, ''] });
  assert.equal(own.code, 0, own.stdout);
  assert.deepEqual(settingsIn(file), {
    data: join(folder.path, 'data'),
    external_url: 'https://r.example.com',
    tls: pair,
    listen: '0.0.0.0:443',
  });
  const replica = ['y', '', '4', 'r.example.com', '192.0.2.1', '2', 'postgres://u@h/d', 's3://bucket/p'];
  const proxied = await runIn(folder.path, ['init'], { answers: replica });
  assert.equal(proxied.code, 0, proxied.stdout);
  assert.deepEqual(settingsIn(file), {
    database_url: 'postgres://u@h/d',
    blobs_url: 's3://bucket/p',
    external_url: 'https://r.example.com',
    trusted_proxies: '192.0.2.1',
    listen: '0.0.0.0:5000',
    data: join(folder.path, 'data'),
    master_key_file: join(folder.path, 'data/master.key'),
  });
});

test('where the person says no, or the input ends, nothing is written', TERMINAL, async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'tidegate.yaml');
  const ended = await runIn(folder.path, ['init'], { answers: ['', '\u0004'] });
  assert.equal(ended.code, 130, ended.stdout);
  assert.match(ended.stdout, /the input ended before the question was answered; nothing was written/);
  assert.ok(!existsSync(file));
  writeFileSync(file, 'listen: 127.0.0.1:7000\n');
  const kept = await runIn(folder.path, ['init'], { answers: ['n'] });
  assert.equal(kept.code, 1, kept.stdout);
  assert.deepEqual(settingsIn(file), { listen: '127.0.0.1:7000' });
});

test('the lines of docs/operate/installing.md for a service put things where the unit looks for them', () => {
  const [, , block] = PAGE;
  assert.equal(PAGE.length, 3, 'all blocks of the page are tested');
  const typed = block?.lines.join('\n') ?? '';
  const unit = readFileSync(join(import.meta.dirname, '../../deploy/systemd/tidegate.service'), 'utf8');
  const inUnit = (name: string): string => new RegExp(`^${name}=(\\S+)$`, 'm').exec(unit)?.[1] ?? '';
  assert.ok(typed.includes(`--data ${inUnit('Environment=TIDEGATE_DATA')} `));
  const folder = inUnit('WorkingDirectory').replace('-', '');
  const user = inUnit('User');
  assert.match(
    typed,
    new RegExp(`^install -D -m 0600 -o ${user} -g ${user} (\\S+) ${folder}/tidegate\\.yaml$`, 'm'),
  );
  assert.match(typed, new RegExp(`^sudo -u ${user} tidegate init .*--output (\\S+)$`, 'm'));
  const port = Number(/--external-url \S+:(\d+)/.exec(typed)?.[1]);
  assert.ok(port >= 1024, 'the unit has no right to the ports below');
});
