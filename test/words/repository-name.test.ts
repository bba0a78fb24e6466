import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  isNamespaceName,
  namespaceOf,
  parseRepositoryName,
  RESERVED_NAMESPACES,
} from '../../src/oci/repository-name.ts';

const word = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const separator = fc.constantFrom('.', '_', '__', '-', '--', '-----');
const component = fc
  .tuple(word, fc.array(fc.tuple(separator, word), { maxLength: 3 }))
  .map(([first, rest]) => first + rest.flat().join(''));
const name = fc.array(component, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));

const GRAMMAR = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

for (const text of [
  'a',
  '0',
  'birds',
  'birds/bluebird',
  'a/b/c/d/e',
  'a.b/c_d/e__f/g-h/i---j',
  // A path is read from the right, so these words are components like any other.
  'birds/blobs/uploads',
  'birds/manifests',
  'tags/list',
  'a'.repeat(255),
]) {
  test(`spec names: ${text.slice(0, 40)} (${text.length}) is a repository name`, () => {
    assert.equal(parseRepositoryName(text), text);
  });
}

for (const text of [
  '',
  '/',
  '.',
  '..',
  'a/..',
  '../a',
  'a/../b',
  'a/./b',
  '/a',
  'a/',
  'a//b',
  'a..b',
  'a___b',
  'a-_b',
  'a._b',
  '-a',
  'a-',
  '_a',
  'a_',
  '.a',
  'a.',
  '_catalog',
  'A',
  'birds/Blue',
  'a b',
  'a\\b',
  'a:b',
  'a@b',
  'a+b',
  'a%2eb',
  'a%2fb',
  '%2e%2e/a',
  'a\0',
  'a\n',
  'a\r\nb',
  'ä',
  'a\u0301',
  'ａ',
  'ſ',
  'a\u200bb',
  '127.0.0.1:5000/a',
  'a'.repeat(256),
]) {
  test(`spec names: ${JSON.stringify(text.slice(0, 40))} (${text.length}) is no repository name`, () => {
    assert.equal(parseRepositoryName(text), undefined);
  });
}

test('spec names: everything the grammar makes, up to 255 characters, parses to itself', () => {
  fc.assert(
    fc.property(name, (text) => parseRepositoryName(text) === (text.length <= 255 ? text : undefined)),
  );
});

test('spec names: what parses matches the grammar of the spec, whatever comes in', () => {
  const nearly = fc.string({
    unit: fc.constantFrom('a', '0', '.', '_', '-', '/', 'A', '%', '\0', 'é'),
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string({ unit: 'binary' })), (text) => {
      assert.equal(parseRepositoryName(text) !== undefined, GRAMMAR.test(text));
    }),
    { numRuns: 2000 },
  );
});

test('spec names: a name spoilt by one path trick does not parse', () => {
  const trick = fc.constantFrom(
    '..',
    '//',
    '%2e',
    '%2f',
    '%00',
    '\0',
    '\\',
    '/./',
    '/../',
    'É',
    'B',
    ' ',
    '\u202e',
    ';',
  );
  fc.assert(
    fc.property(name, trick, fc.nat(), (text, spoiler, where) => {
      const at = where % (text.length + 1);
      assert.equal(parseRepositoryName(text.slice(0, at) + spoiler + text.slice(at)), undefined);
    }),
  );
});

test('the namespace of a repository is its first component', () => {
  fc.assert(
    fc.property(name, (text) => {
      const parsed = parseRepositoryName(text);
      fc.pre(parsed !== undefined);
      assert.equal(namespaceOf(parsed), text.split('/')[0]);
    }),
  );
});

for (const text of ['birds', 'b1rd', '1234', 'my-ns', 'my_ns', 'my__ns', 'a--b', 'a'.repeat(30)]) {
  test(`IBM namespaces: ${text} is a namespace name`, () => assert.equal(isNamespaceName(text), true));
}

for (const text of [
  '',
  'abc',
  'a'.repeat(31),
  '-abcd',
  'abcd-',
  '_abcd',
  'abcd_',
  'Birds',
  'my.ns',
  'my/ns',
  'my ns',
  'birds\n',
  // Allowed by IBM's words, but no repository could live below them.
  'ab___cd',
  'ab-_cd',
  ...RESERVED_NAMESPACES,
]) {
  test(`IBM namespaces: ${JSON.stringify(text)} is no namespace name`, () => {
    assert.equal(isNamespaceName(text), false);
  });
}

test("IBM's first segments below /v2/ and the registry's own are reserved", () => {
  for (const taken of [
    'policies',
    'roles',
    'groups',
    'accounts',
    'resource_groups',
    'quota_definitions',
    'token',
    '_catalog',
  ])
    assert.ok(RESERVED_NAMESPACES.has(taken), taken);
});

test('IBM namespaces: every namespace name is a repository name with itself as namespace', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '7', '-', '_', '.', 'Z'), maxLength: 32 });
  fc.assert(
    fc.property(text, (candidate) => {
      if (!isNamespaceName(candidate)) return;
      const parsed = parseRepositoryName(candidate);
      assert.ok(parsed !== undefined);
      assert.equal(namespaceOf(parsed), candidate);
    }),
    { numRuns: 2000 },
  );
});
