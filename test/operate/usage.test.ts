import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOperator as runCommand } from '../../src/admin/main.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runOperator } from './operator.ts';

/** The exit code and what is said of it, in this process: nothing of these is begun. */
const refusal = async (...words: string[]): Promise<{ code: number; said: string }> => {
  const { error } = console;
  const [umask, temporary] = [process.umask(), process.env.SQLITE_TMPDIR];
  let said = '';
  console.error = (text: string) => {
    said += text;
  };
  try {
    const [command = '', ...args] = words;
    return { code: await runCommand(command, args), said };
  } finally {
    console.error = error;
    process.umask(umask);
    if (temporary === undefined) delete process.env.SQLITE_TMPDIR;
    else process.env.SQLITE_TMPDIR = temporary;
  }
};

test('a command line of the operator that is not understood ends with 2, as one of the client does', async () => {
  using folder = temporaryFolder();
  const data = ['--data', folder.path];
  for (const [words, expected] of [
    [['serve', 'extra', ...data], /extra is not understood/],
    [['serve', ...data, '--foo', 'bar'], /there is no flag --foo/],
    [['init', '--foo', 'bar'], /there is no flag --foo/],
    [['init', 'here'], /here is not understood/],
    [['init'], /no terminal to ask on/],
    [['config', '--listen', '1'], /TIDEGATE_LISTEN .*must be host:port/],
    [['config', '--listen', '0.0.0.0:5000'], /TIDEGATE_EXTERNAL_URL is required/],
    [['owner-key-reset', 'now', ...data], /now is not understood/],
    [['migrate-storage', 'now', ...data], /now is not understood/],
    [['verify', 'all', ...data], /usage: tidegate verify/],
    [['restore', ...data], /usage: tidegate restore --from/],
    [['restore', '--from', folder.path, 'x', ...data], /usage: tidegate restore --from/],
    [['backup', '--offline', 'all', ...data], /usage: tidegate backup --offline/],
    [['backup', '--offline', '-o', 'yaml', ...data], /the only other output is json/],
    [['backup', '--offline', '--to', '', ...data], /--to needs a value/],
    [['keys', 'list', '-o', 'yaml', ...data], /the only other output is json/],
    [['keys', ...data], /usage: tidegate keys list/],
    [['keys', 'rotate', ...data], /usage: tidegate keys list/],
    [['keys', 'rotate', 'all', ...data], /usage: tidegate keys list/],
    [['keys', 'retire', ...data], /usage: tidegate keys list/],
    [['keys', 'list', 'x', ...data], /usage: tidegate keys list/],
    [['keys', 'retire', 'x', 'y', ...data], /usage: tidegate keys list/],
  ] as const) {
    const { code, said } = await refusal(...words);
    assert.match(said, expected, words.join(' '));
    assert.equal(code, 2, words.join(' '));
  }
});

test('what fails for another reason than the command line ends with 1', async () => {
  using folder = temporaryFolder();
  const wrong = await runOperator(['config'], { TIDEGATE_LISTEN: '1' });
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /TIDEGATE_LISTEN .*must be host:port/);
  const { code, said } = await refusal('verify', '--data', `${folder.path}/absent`);
  assert.match(said, /there is no installation/);
  assert.equal(code, 1);
});
