import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const verbs = ['login', 'push', 'pull', 'delete', 'list'] as const;

/** `CLIENT [of SUITE] VERB, VERB…` at the beginning of a title. */
const VERB = `(?:${verbs.join('|')})`;
const TITLE = new RegExp(`['\`]([a-z]+(?: of [a-z]+)?) (${VERB}(?:, ${VERB})*)(?=[:'\`])`, 'g');
/** Which clients the rules for all clients are for; each of them logs in, pushes and pulls. */
const RULES = /clientRules\(\{\s*title: ['`]([a-z]+)/g;

const tested = (): Map<string, Set<string>> => {
  const found = new Map<string, Set<string>>();
  const note = (client: string, done: readonly string[]): void => {
    found.set(client, new Set([...(found.get(client) ?? []), ...done]));
  };
  for (const file of globSync('test/clients/*.{test,long}.ts', { cwd: root })) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, client = '', done = ''] of text.matchAll(TITLE)) note(client, done.split(', '));
    for (const [, client = ''] of text.matchAll(RULES)) note(client, ['login', 'push', 'pull']);
  }
  return found;
};

const documented = (): Map<string, Set<string>> => {
  const page = readFileSync(join(root, 'docs/clients.md'), 'utf8');
  const [table = ''] = /^\| client \| version \|[\s\S]*?\n\n/m.exec(page) ?? [];
  const rows = table.trim().split('\n').slice(2);
  return new Map(
    rows.map((row) => {
      const [, client = '', version = '', ...cells] = row.split('|').map((cell) => cell.trim());
      assert.match(version, /^\d+\.\d+/, client);
      for (const cell of cells.slice(0, verbs.length)) assert.match(cell, /^[✓–]$/, row);
      return [client, new Set(verbs.filter((_, index) => cells[index] === '✓'))];
    }),
  );
};

test('docs/clients.md claims of every client what a test of that title sees, and all of it', () => {
  const sorted = (matrix: Map<string, Set<string>>) =>
    [...matrix].map(([client, done]) => `${client}: ${[...done].sort()}`).sort();
  const claims = sorted(documented());
  assert.ok(claims.length > 10, 'the table was found');
  assert.deepEqual(claims, sorted(tested()));
});
