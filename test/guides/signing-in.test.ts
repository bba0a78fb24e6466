import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '../../src/cli/tables.ts';
import { Caller } from '../access/caller.ts';
import { TestRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { fencedBlocks } from './fenced.ts';

const blocksOf = (name: string) =>
  fencedBlocks(readFileSync(join(import.meta.dirname, '../../docs/guides', name), 'utf8'));

const BLOCKS = blocksOf('signing-in.md');
const SECRET = '/etc/tidegate/company.secret';

/** The file of issuers as the page has it, with lines that the page gives for a provider in the place of its own. */
const filesOf = (): string[] => {
  const [first, ...others] = BLOCKS.filter(({ language }) => language === 'yaml').map(({ lines }) => lines);
  assert.ok(first && others.length > 0);
  const keyOf = (line: string): string => line.slice(0, line.indexOf(':'));
  return [
    first,
    ...others.map((given) => {
      const keys = new Set(given.map(keyOf));
      const at = first.findIndex((line) => line.includes('client_id'));
      const rest = first.filter((line) => !keys.has(keyOf(line)));
      return [...rest.slice(0, at), ...given, ...rest.slice(at)];
    }),
  ].map((lines) => `${lines.join('\n')}\n`);
};

test('every file of issuers that the page shows is valid, and declares a provider for people', async () => {
  for (const text of filesOf()) {
    using folder = temporaryFolder();
    const secret = join(folder.path, 'company.secret');
    writeFileSync(secret, 'a-secret-of-the-provider', { mode: 0o600 });
    const file = join(folder.path, 'issuers.yaml');
    assert.ok(text.includes(SECRET));
    writeFileSync(file, text.replace(SECRET, secret));
    await using registry = await TestRegistry.start({ env: { TIDEGATE_ISSUERS_FILE: file } });
    const answer = await registry.api('GET', '/api/v1/issuers');
    const { issuers } = (await answer.json()) as { issuers: { name: string; for: string[] }[] };
    assert.deepEqual(
      issuers.map(({ name, for: uses }) => [name, ...uses]),
      [['company', 'people']],
    );
  }
});

test('the rule of the page is accepted, and its login is a command', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const made = await owner.post(`/v2/groups?account_id=${registry.accountId}`, { name: 'writers' });
  assert.equal(made.status, 201);
  const shell = BLOCKS.filter(({ language }) => language === 'sh').map(({ lines }) => lines.join('\n'));
  const [, rule = ''] = /-d '([^']+)'/.exec(shell.join('\n')) ?? [];
  const answer = await owner.post(`/v2/groups/${made.body.id}/rules`, JSON.parse(rule));
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  const login = COMMANDS.find(({ name }) => name === 'login');
  assert.ok(shell.some((line) => /^tidegate login -a \S+ --sso$/.test(line)));
  assert.ok(login?.flags?.some(({ flags }) => flags.startsWith('--sso')));
});

test('the Korean page shows the same lines', () => {
  const shown = (name: string) => blocksOf(name).map(({ language, lines }) => [language, ...lines]);
  assert.deepEqual(shown('signing-in.ko.md'), shown('signing-in.md'));
});
