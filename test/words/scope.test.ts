import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseScopes, printScope, type ScopeAction } from '../../src/oci/scope.ts';

const printed = (...values: string[]) => parseScopes(values).map(printScope);

for (const [asked, expected] of [
  // Seen from docker, crane, regctl, oras, skopeo and catalog listings.
  ['repository:birds/bluebird:pull', 'repository:birds/bluebird:pull'],
  ['repository:birds/bluebird:pull,push', 'repository:birds/bluebird:pull,push'],
  ['repository:birds/bluebird:push,pull', 'repository:birds/bluebird:pull,push'],
  ['repository:a/b:delete', 'repository:a/b:delete'],
  ['repository:a/b:delete,pull,push', 'repository:a/b:pull,push,delete'],
  ['repository:a/b:*', 'repository:a/b:*'],
  ['registry:catalog:*', 'registry:catalog:*'],
  // The rules of the grammar.
  ['repository:a/b:pull,*', 'repository:a/b:*'],
  ['repository(plugin):a/b:pull', 'repository:a/b:pull'],
  ['repository():a/b:pull', 'repository:a/b:pull'],
  ['repository:localhost:5000/a/b:pull', 'repository:localhost:5000/a/b:pull'],
  ['repository:[::1]:5000/a:pull', 'repository:[::1]:5000/a:pull'],
  ['repository:a/b:pull,pull,fly,', 'repository:a/b:pull'],
] as const) {
  test(`token scope: ${asked} is read as ${expected}`, () => {
    assert.deepEqual(printed(asked), [expected]);
  });
}

for (const asked of [
  '',
  ' ',
  ':',
  '::',
  'repository',
  'repository:a/b',
  'repository::pull',
  'repository:a/b:',
  'repository:a/b:fly',
  'repository:a/b:PULL',
  'Repository:a/b:pull',
  'repository(plugin:a/b:pull',
  'repository(a)(b):a/b:pull',
  'repository:a"b:pull',
  'repository:a\\b:pull',
  'repository:a\0b:pull',
  'repository:é:pull',
  `repository:${'a'.repeat(321)}:pull`,
  'registry:catalog:pull',
  'registry:other:*',
  'registry:catalog:x:*',
  'namespace:a:pull',
  ':a:pull',
  '__proto__:a:pull',
]) {
  test(`token scope: ${JSON.stringify(asked.slice(0, 40))} is left out`, () => {
    assert.deepEqual(parseScopes([asked]), []);
  });
}

test('token scope: one value may be a list, and scopes of one name are united', () => {
  assert.deepEqual(
    printed(
      'repository:x:pull  repository:x:pull,push\trepository:y:pull',
      'bad repository(plugin):x:delete',
    ),
    ['repository:x:pull,push,delete', 'repository:y:pull'],
  );
});

test('token scope: a name is not shared between types', () => {
  assert.deepEqual(printed('repository:catalog:pull registry:catalog:*'), [
    'repository:catalog:pull',
    'registry:catalog:*',
  ]);
});

test('token scope: more than 64 names are cut to the first 64, whose later scopes still count', () => {
  const asked = Array.from({ length: 100 }, (_, index) => `repository:r${index}:pull`);
  const scopes = parseScopes([asked.join(' '), 'repository:r63:push', 'repository:r64:push']);
  assert.equal(scopes.length, 64);
  assert.deepEqual(scopes.at(-1), { type: 'repository', name: 'r63', actions: new Set(['pull', 'push']) });
});

const ACTIONS: ScopeAction[] = ['pull', 'push', 'delete', '*'];
const scopeText = fc
  .tuple(fc.stringMatching(/^[a-z]{1,3}(\/[a-z]{1,2}){0,2}$/), fc.subarray(ACTIONS, { minLength: 1 }))
  .map(([name, actions]) => `repository:${name}:${actions.join(',')}`);

test('token scope: what is printed is read back the same', () => {
  fc.assert(
    fc.property(fc.array(scopeText), (texts) => {
      const scopes = parseScopes(texts);
      assert.deepEqual(parseScopes(scopes.map(printScope)), scopes);
      assert.deepEqual(parseScopes([scopes.map(printScope).join(' ')]), scopes);
    }),
  );
});

test('token scope: no action appears that was not asked for, and none is lost', () => {
  fc.assert(
    fc.property(scopeText, scopeText, (one, two) => {
      const asked = (name: string) =>
        new Set(
          [one, two]
            .filter((text) => text.split(':')[1] === name)
            .flatMap((text) => text.split(':')[2]?.split(',')),
        );
      for (const { name, actions } of parseScopes([one, two])) {
        const wanted = asked(name);
        assert.deepEqual(new Set<string | undefined>(actions), wanted.has('*') ? new Set(['*']) : wanted);
      }
    }),
  );
});

test('token scope: any strings give at most 64 scopes, each safe inside a quoted header parameter', () => {
  const nearly = fc.string({
    unit: fc.constantFrom('repository', ':', 'pull', ',', ' ', '(', ')', '*', 'a', '"', '/'),
  });
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), nearly)), (values) => {
      const scopes = parseScopes(values);
      assert.ok(scopes.length <= 64);
      for (const scope of scopes) {
        assert.ok(scope.actions.size > 0);
        assert.match(printScope(scope), /^[!#-[\]-~]+$/);
      }
    }),
    { numRuns: 2000 },
  );
});
