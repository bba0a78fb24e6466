import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Terminal } from '../cli/terminal.ts';
import { fencedBlocks } from './fenced.ts';

const blocksOf = (name: string) =>
  fencedBlocks(readFileSync(join(import.meta.dirname, '../../docs/guides', name), 'utf8'));

const LINES = blocksOf('import.md').flatMap(({ lines }) => lines);

test('every line of the page about moving images is understood, and only lacks the login', async () => {
  using shell = new Terminal();
  const ours = LINES.filter((line) => line.startsWith('tidegate ') && !line.includes(' login '));
  assert.ok(ours.length > 4);
  for (const line of ours) {
    const { code, stderr } = await shell.run(line.split(' ').slice(1));
    assert.equal(code, 3, `${line}: ${stderr}`);
  }
});

test('the Korean page shows the same lines', () => {
  assert.deepEqual(
    blocksOf('import.ko.md').flatMap(({ lines }) => lines),
    LINES,
  );
});
