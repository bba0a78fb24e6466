import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const read = (path: string): string => readFileSync(join(process.cwd(), path), 'utf8');

const TITLE = /^test\(\s*'((?:[^'\\]|\\.)*)'/gm;

test('every test that docs/api/oci-clauses.md names is there, and every endpoint has one', () => {
  const sources = globSync('test/spec/**/*.test.ts').map(read);
  const titles = new Set(sources.flatMap((text) => [...text.matchAll(TITLE)].map(([, title]) => title)));
  const rows = [...read('docs/api/oci-clauses.md').matchAll(/^\| (.+) \| `([^`]+)` \|$/gm)];
  for (const [, clause = '', title = ''] of rows)
    assert.ok(titles.has(title), `${clause}: no test "${title}"`);
  for (let number = 1; number <= 14; number += 1)
    assert.ok(
      rows.some(([, clause = '']) => new RegExp(`^end-${number}[abc]?:`).test(clause)),
      `end-${number} has no clause`,
    );
});
