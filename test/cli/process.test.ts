/** What needs a process of its own: pipes, trusted certificates, and completion. */
import assert from 'node:assert/strict';
import { mkdtempDisposableSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { startRegistryProcess } from '../support/registry-process.ts';
import { run, succeeded, transcript } from '../support/transcript.ts';

const program = [process.execPath, join(import.meta.dirname, 'client-program.ts')];

const bx = (...words: string[]) => run([...program, ...words]);

test('a reader that closes the pipe early is not a failure', async () => {
  const turn = await run([
    'sh',
    '-c',
    '{ "$@"; echo "exit $?" >&2; } | true',
    'sh',
    ...program,
    'cr',
    '--help',
  ]);
  assert.equal(turn.stderr, 'exit 0\n', transcript(turn));
});

test('completion prints a script for each shell, under the name invoked', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = succeeded(await bx('completion', shell));
    assert.match(stdout, /\bbx complete -- /, shell);
  }
  assert.equal((await bx('completion', 'tcsh')).code, 2);
  assert.equal((await bx('completion')).code, 2);
});

test('in bash a word with a colon is completed behind its colon, where bash ends words', async () => {
  const { stdout: script } = succeeded(await bx('completion', 'bash'));
  // stands for the functions of bash-completion, whose rule for colons it keeps
  const stubs = `
    _get_comp_words_by_ref() { cur=birds/robin:v words=(bx cr image-rm birds/robin:v); }
    __ltrim_colon_completions() { local at; for at in "\${!COMPREPLY[@]}"; do COMPREPLY[at]=\${COMPREPLY[at]#"\${1%"\${1##*:}"}"}; done; }
    bx() { printf 'birds/robin:v1\\nbirds/robin:v2\\n:4\\n'; }
    compopt() { :; }
  `;
  const asked = `${stubs}\n${script}\n__bx_complete_words; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = succeeded(await run(['bash', '-c', asked]));
  assert.equal(stdout, 'v1\nv2\n');
  assert.match(script, /^complete -F __bx_complete_words bx$/m);
});

test('completion knows commands, and options of a command', async () => {
  const { stdout } = succeeded(await bx('complete', '--', 'cr', 'namespace-'));
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0]),
    ['namespace-add', 'namespace-list', 'namespace-rm', 'namespace-assign', ':4'],
  );
  assert.match(succeeded(await bx('complete', '--', 'cr', 'image-list', '--f')).stdout, /^--format\t/);
});

test('a certificate of an unknown authority is refused, and accepted once its file is in NODE_EXTRA_CA_CERTS', async () => {
  await using registry = await startRegistryProcess({ tls: true });
  using home = mkdtempDisposableSync(join(tmpdir(), 'tidegate-cli-'));
  const logIn = (extra: NodeJS.ProcessEnv) => {
    const env = { PATH: process.env.PATH, TIDEGATE_HOME: home.path, ...extra };
    return run([...program, 'login', '-a', registry.url, '--apikey', '-'], { env, stdin: registry.apikey });
  };
  const refused = await logIn({});
  assert.equal(refused.code, 6, transcript(refused));
  assert.match(refused.stderr, /does not trust; name its file in NODE_EXTRA_CA_CERTS\./);
  succeeded(await logIn({ NODE_EXTRA_CA_CERTS: registry.certificate?.certFile }));
});

test('npm link takes the name tidegate alone; bx and ibmcloud are links that a person makes', async () => {
  const root = join(import.meta.dirname, '../..');
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.deepEqual(bin, { tidegate: 'scripts/run.cjs' });
  using folder = mkdtempDisposableSync(join(tmpdir(), 'tidegate-cli-'));
  const linked = join(folder.path, 'tidegate');
  symlinkSync(join(root, bin.tidegate), linked);
  for (const name of ['bx', 'ibmcloud']) {
    symlinkSync(linked, join(folder.path, name));
    const { stdout } = succeeded(await run([join(folder.path, name), '--help']));
    assert.match(stdout, new RegExp(`^Usage: ${name} `));
  }
});
