import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ACTIONS, type Action, actionsOf, type Resource } from '../../src/access/actions/actions.ts';
import type { Attribute } from '../../src/access/decision/attributes.ts';
import { decide } from '../../src/access/decision/decide.ts';
import { type Grant, indexGrants, NOTHING } from '../../src/access/decision/grants.ts';
import type { Role } from '../../src/access/roles/roles.ts';
import { ANONYMOUS, type Principal } from '../../src/principal.ts';

const USER: Principal = { kind: 'user', iamId: 'IBMid-1', accountId: 'a1' };
const BIRDS: Resource = {
  accountId: 'a1',
  region: ['us-south'],
  namespace: 'birds',
  repository: 'birds/bluebird',
};

const equal = (key: string, value: string): Attribute => ({ key, operator: 'stringEquals', value });
const grant = (role: Role, ...attributes: Attribute[]): Grant => ({
  actions: actionsOf(role),
  attributes: [equal('accountId', 'a1'), ...attributes],
  source: `policy ${role}`,
});
const allowed = (
  action: Action,
  resource: Resource,
  grants: readonly Grant[],
  principal: Principal = USER,
): boolean => decide(principal, action, resource, { own: indexGrants(grants), everyone: NOTHING }, 0).allowed;

const arbitraryAttribute = fc.record({
  key: fc.constantFrom(
    'accountId',
    'serviceName',
    'region',
    'resourceType',
    'resource',
    'repository',
    'tag',
    'unheardOf',
    '__proto__',
  ),
  operator: fc.constantFrom('stringEquals', 'stringMatch', 'stringExists') as fc.Arbitrary<
    Attribute['operator']
  >,
  value: fc.constantFrom(
    'a1',
    'a2',
    'birds',
    'bees',
    'b*',
    '*',
    'us-south',
    'namespace',
    'container-registry',
    'birds/*',
    'true',
  ),
});
const arbitraryGrant: fc.Arbitrary<Grant> = fc.record({
  actions: fc.constantFrom<Role>('Reader', 'Writer', 'Manager', 'Administrator').map(actionsOf),
  attributes: fc.array(arbitraryAttribute, { maxLength: 4 }),
  source: fc.constant('a policy'),
});
const arbitraryAction = fc.constantFrom(...(Object.keys(ACTIONS) as Action[]));
const arbitraryResource: fc.Arbitrary<Resource> = fc.record(
  {
    accountId: fc.constantFrom('a1', 'a2'),
    region: fc.constantFrom(['us-south'], ['eu-de', 'eu-central']),
    namespace: fc.constantFrom('birds', 'bees'),
    repository: fc.constantFrom('birds/a', 'bees/b'),
  },
  { requiredKeys: ['accountId'] },
);

test('the order of grants does not matter', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryGrant, { maxLength: 8 }),
      arbitraryAction,
      arbitraryResource,
      (grants, action, resource) => {
        assert.equal(allowed(action, resource, grants), allowed(action, resource, grants.toReversed()));
      },
    ),
  );
});

test('taking a grant away never adds a right', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryGrant, { minLength: 1, maxLength: 8 }),
      arbitraryAction,
      arbitraryResource,
      (grants, action, resource) => {
        if (allowed(action, resource, grants.slice(1))) assert.ok(allowed(action, resource, grants));
      },
    ),
  );
});

test('the index decides as looking at every grant would', () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryGrant, { maxLength: 8 }),
      arbitraryAction,
      arbitraryResource,
      (grants, action, resource) => {
        const one = grants.some((each) => allowed(action, resource, [each]));
        assert.equal(allowed(action, resource, grants), one);
      },
    ),
  );
});

test('P3: nothing held is nothing allowed; an unknown attribute, action or account grants nothing', () => {
  for (const action of Object.keys(ACTIONS) as Action[]) {
    assert.ok(!allowed(action, BIRDS, []), action);
    assert.ok(
      !allowed(action, BIRDS, [grant('Manager')], ANONYMOUS) || action.startsWith('container-registry'),
      action,
    );
    assert.ok(!allowed(action, BIRDS, [grant('Manager', equal('moonPhase', 'full'))]), action);
  }
  assert.ok(!allowed('container-registry.image.sell' as Action, BIRDS, [grant('Manager')]));
  assert.ok(!allowed('toString' as Action, BIRDS, [grant('Manager')]));
  const strange = { actions: actionsOf('Manager'), attributes: [], source: 'a policy of no account' };
  assert.ok(!allowed('container-registry.image.pull', BIRDS, [strange]));
  assert.ok(!allowed('container-registry.image.pull', { ...BIRDS, accountId: 'a2' }, [grant('Manager')]));
});

test('roles are IBM’s: a Writer cannot list, a Reader cannot push, only a Manager makes namespaces', () => {
  const may = (role: Role, verb: string): boolean =>
    allowed(`container-registry.${verb}` as Action, BIRDS, [grant(role)]);
  assert.deepEqual(
    [
      'image.pull',
      'image.push',
      'image.list',
      'image.inspect',
      'image.delete',
      'namespace.list',
      'namespace.create',
    ].map((verb) => [
      verb,
      ...(['Reader', 'Writer', 'Manager', 'Administrator'] as const).map((role) => may(role, verb)),
    ]),
    [
      ['image.pull', true, true, true, false],
      ['image.push', false, true, true, false],
      ['image.list', true, false, true, false],
      ['image.inspect', true, false, true, false],
      ['image.delete', false, true, true, false],
      ['namespace.list', true, false, true, false],
      ['namespace.create', false, false, true, false],
    ],
  );
});

test('account-wide actions come from account-wide grants only; a region narrows without making them less', () => {
  const create: Action = 'container-registry.namespace.create';
  assert.ok(allowed(create, BIRDS, [grant('Manager')]));
  assert.ok(allowed(create, BIRDS, [grant('Manager', equal('region', 'us-south'))]));
  assert.ok(!allowed(create, BIRDS, [grant('Manager', equal('region', 'eu-de'))]));
  assert.ok(
    !allowed(create, BIRDS, [
      grant('Manager', equal('resourceType', 'namespace'), equal('resource', 'birds')),
    ]),
  );
  assert.ok(
    !allowed(create, BIRDS, [grant('Manager', { key: 'resource', operator: 'stringMatch', value: '*' })]),
  );
});

test('a grant on a namespace, a repository or a pattern reaches that and nothing beside it', () => {
  const pull: Action = 'container-registry.image.pull';
  const bees = { ...BIRDS, namespace: 'bees', repository: 'bees/bluebird' };
  const on = (attribute: Attribute): [boolean, boolean] => [
    allowed(pull, BIRDS, [grant('Reader', attribute)]),
    allowed(pull, bees, [grant('Reader', attribute)]),
  ];
  assert.deepEqual(on(equal('resource', 'birds')), [true, false]);
  assert.deepEqual(on(equal('resource', 'Birds')), [false, false]);
  assert.deepEqual(on(equal('repository', 'birds/bluebird')), [true, false]);
  assert.deepEqual(on({ key: 'repository', operator: 'stringMatch', value: 'birds/*' }), [true, false]);
  assert.deepEqual(on({ key: 'resource', operator: 'stringMatch', value: 'b??s' }), [false, true]);
  assert.deepEqual(on({ key: 'repository', operator: 'stringExists', value: 'true' }), [true, true]);
  assert.deepEqual(on({ key: 'tag', operator: 'stringExists', value: 'true' }), [false, false]);
  assert.deepEqual(on(equal('serviceName', 'container-registry')), [true, true]);
  assert.deepEqual(on(equal('serviceName', 'iam-identity')), [false, false]);
});

test('a grant with a time holds while its time lasts', () => {
  const timed = { ...grant('Reader'), during: (now: number) => now >= 100 && now < 200 };
  const at = (now: number): boolean =>
    decide(
      USER,
      'container-registry.image.pull',
      BIRDS,
      { own: indexGrants([timed]), everyone: NOTHING },
      now,
    ).allowed;
  assert.deepEqual([99, 100, 199, 200].map(at), [false, true, true, false]);
});

test('everyone manages their own keys in their own account, and cannot make one for another identity', () => {
  const own: Resource = { accountId: 'a1', owner: 'IBMid-1' };
  const other: Resource = { accountId: 'a1', owner: 'IBMid-2' };
  assert.ok(allowed('iam-identity.apikey.create', own, []));
  assert.ok(!allowed('iam-identity.apikey.create', { ...own, accountId: 'a2' }, []));
  assert.ok(!allowed('iam-identity.apikey.create', other, [grant('Administrator'), grant('Manager')]));
  assert.ok(allowed('iam-identity.apikey.delete', other, [grant('Administrator')]));
});
