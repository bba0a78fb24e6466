import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Right } from '../../src/http/needs.ts';
import { sourceFiles } from './source.ts';

const doors = sourceFiles('src/http');

/** Lines of the doors' code, outside these files, that a pattern finds. */
const linesWith = (pattern: RegExp, ...except: readonly string[]): string[] =>
  doors
    .filter(({ path }) => !except.includes(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line) => (pattern.test(line) ? [`${path}: ${line.trim()}`] : [])),
    );

test('no door casts a request: its type is said once, in json-app.ts', () => {
  assert.deepEqual(linesWith(/\braw as\b|\bas Request\b/, 'src/http/server.ts'), []);
  assert.deepEqual(linesWith(/\bas unknown as\b/, 'src/http/json-doors.ts', 'src/http/needs.ts'), []);
});

test('If-Match, page links and places of pages are read and written in one file each', () => {
  assert.deepEqual(linesWith(/'if-match'/, 'src/http/json-request.ts'), []);
  assert.deepEqual(linesWith(/base64url/, 'src/http/pages.ts'), []);
  assert.deepEqual(linesWith(/\$\{new URLSearchParams/, 'src/http/pages.ts'), []);
});

test('no door reads a body by itself: bodies.ts bounds those that are read as a whole, and uploads are streams', () => {
  assert.deepEqual(
    linesWith(/parseAs|addContentTypeParser/, 'src/http/json-body.ts', 'src/http/form.ts'),
    [],
  );
  assert.deepEqual(linesWith(/\.on\('data'|Buffer\.concat/, 'src/http/bodies.ts', 'src/http/drain.ts'), []);
});

test('a right that is decided before the body cannot read it: that does not compile', () => {
  // @ts-expect-error the head of a request has no body
  const right: Right = { action: 'iam-identity.apikey.list', on: ({ body }) => ({ accountId: `${body}` }) };
  assert.ok(right);
});
