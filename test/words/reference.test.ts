import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference, parseTag } from '../../src/oci/reference.ts';

const HEX = 'a'.repeat(64);

for (const text of ['latest', '1', '_', '_x', 'V1.2.3-rc_1', 'a..b', 'x'.repeat(128), `sha256-${HEX}.sig`]) {
  test(`end-3: ${text.slice(0, 40)} (${text.length}) is a tag`, () => {
    assert.deepEqual(parseReference(text), { kind: 'tag', tag: text });
  });
}

for (const text of [
  '',
  '.',
  '..',
  '.a',
  '-a',
  'a+b',
  'a b',
  'a/b',
  'a%2eb',
  'a\0',
  'a\n',
  'é',
  '１',
  'x'.repeat(129),
  'sha256:baddigeststring',
  `sha256:${HEX.toUpperCase()}`,
  `md5:${'a'.repeat(32)}`,
  'latest:1',
  ':',
]) {
  test(`end-3: ${JSON.stringify(text.slice(0, 40))} (${text.length}) is neither tag nor digest`, () => {
    assert.equal(parseReference(text), undefined);
  });
}

test('end-3: a reference with a colon is a digest', () => {
  assert.deepEqual(parseReference(`sha256:${HEX}`), { kind: 'digest', digest: `sha256:${HEX}` });
});

test('end-12: sha256-<hex> is a tag and never the digest it resembles', () => {
  assert.deepEqual(parseReference(`sha256-${HEX}`), { kind: 'tag', tag: `sha256-${HEX}` });
});

test('end-3: every digest is a digest reference and no tag', () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.constantFrom('sha256' as const, 'sha512' as const),
      (bytes, algorithm) => {
        const digest = digestOf(bytes, algorithm);
        assert.deepEqual(parseReference(digest), { kind: 'digest', digest });
        assert.equal(parseTag(digest), undefined);
      },
    ),
  );
});

test('end-3: every tag of the grammar parses to itself, and nothing else does', () => {
  const made = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/);
  fc.assert(fc.property(made, (text) => parseTag(text) === text));
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 140 }), (text) => {
      assert.equal(parseTag(text) !== undefined, /^\w[\w.-]{0,127}$/.test(text));
    }),
    { numRuns: 1000 },
  );
});
