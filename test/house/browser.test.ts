import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { roomOf, type SourceFile, sourceFiles } from './source.ts';

const files = new Map(sourceFiles('src').map((file) => [file.path, file]));

/** The files of the client, and all files they load. */
const loaded = (): SourceFile[] => {
  const found = new Set([...files.values()].filter(({ path }) => roomOf(path) === 'client'));
  for (const { files: imports } of found) {
    for (const { path, typeOnly } of imports) {
      const file = files.get(path);
      assert.ok(file, path);
      if (!typeOnly) found.add(file);
    }
  }
  return [...found];
};

test('the client runs in a browser: nothing it loads names Buffer, process or a module of Node', () => {
  assert.ok(loaded().length > 20);
  const wrong = loaded().flatMap(({ path, text }) =>
    [...text.matchAll(/\bBuffer\b|\bnode:|\bprocess\.|\b__dirname\b/g)].map(([word]) => `${path}: ${word}`),
  );
  assert.deepEqual(wrong, []);
});

test('the client compiles with the types of a browser, and without those of Node', () => {
  const root = join(import.meta.dirname, '../..');
  const { status, stdout } = spawnSync('node_modules/.bin/tsc', ['-p', 'test/house/browser.tsconfig.json'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
});

test('the client reads the JSON shapes of wire/ and has none of its own', () => {
  const wrong = [...files.values()]
    .filter(({ path, text }) => roomOf(path) === 'client' && /\bType\.\w+\(/.test(text))
    .map(({ path }) => path);
  assert.deepEqual(wrong, []);
});
