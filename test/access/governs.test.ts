import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ACTIONS,
  type Action,
  actionsOf,
  type Resource,
  rowOfAction,
} from '../../src/access/actions/actions.ts';
import { type Attribute, matches, POLICY_KEYS } from '../../src/access/decision/attributes.ts';
import { type Grant, type GrantIndex, indexGrants } from '../../src/access/decision/grants.ts';
import { Steps } from '../../src/access/decision/steps.ts';
import { grantOf as grantOfRow, rolesOfAccount } from '../../src/access/policies/policy-grants.ts';
import type { PolicyRow } from '../../src/database/iam-schema.ts';
import { v1Policy, v2Policy } from './policy-documents.ts';

const ACCOUNT = 'a1';
const account: Attribute = { key: 'accountId', operator: 'stringEquals', value: ACCOUNT };

/** Few values, so that scopes and resources meet. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  serviceName: ['container-registry', 'iam-groups', 'tidegate'],
  serviceType: ['service', 'platform_service'],
  region: ['us-south', 'eu-de', 'eu-central'],
  resourceGroupId: ['g1', 'g2'],
  resourceType: ['namespace', 'access-group'],
  resource: ['birds', 'bees'],
  repository: ['birds/a', 'bees/b'],
  tag: ['1', '2'],
};
const PATTERNS = ['*', 'b*', '*-*', 'birds', 'birds/?', '?'];

const attribute: fc.Arbitrary<Attribute> = fc.constantFrom(...Object.keys(VALUES)).chain((key) =>
  fc.oneof(
    fc.record({
      key: fc.constant(key),
      operator: fc.constant('stringEquals' as const),
      value: fc.constantFrom(...(VALUES[key] ?? [])),
    }),
    fc.record({
      key: fc.constant(key),
      operator: fc.constant('stringMatch' as const),
      value: fc.constantFrom(...PATTERNS, ...(VALUES[key] ?? [])),
    }),
    fc.record({
      key: fc.constant(key),
      operator: fc.constant('stringExists' as const),
      value: fc.constant('true'),
    }),
  ),
);
const scope = fc.array(attribute, { maxLength: 4 }).map((attributes) => [account, ...attributes]);
const action = fc.constantFrom(...(Object.keys(ACTIONS) as Action[]));
const resource: fc.Arbitrary<Resource> = fc.record(
  {
    accountId: fc.constantFrom(ACCOUNT, 'a2'),
    region: fc.constantFrom(['us-south'], ['eu-de', 'eu-central']),
    namespace: fc.constantFrom('birds', 'bees'),
    repository: fc.constantFrom('birds/a', 'bees/b'),
    tag: fc.constantFrom('1', '2'),
    resourceGroupId: fc.constantFrom('g1', 'g2'),
    entity: fc.record({
      type: fc.constantFrom('access-group' as const, 'serviceid' as const),
      id: fc.constantFrom('birds', 'bees'),
    }),
  },
  { requiredKeys: ['accountId'] },
);
const administrator = (attributes: readonly Attribute[], more: Partial<Grant> = {}): Grant => ({
  actions: actionsOf('Administrator'),
  attributes,
  source: 'policy',
  ...more,
});
/** As many as anything here takes. */
const steps = (): Steps => new Steps(1_000_000);

const CREATE: Action = 'iam-access-management.policy.create';
const covering = (index: GrantIndex, given: readonly Attribute[]): Grant | undefined => {
  const look = index.covering(CREATE, given, steps());
  for (;;) {
    const { done, value } = look.next();
    if (done) return value;
  }
};

test('who governs a scope is Administrator of every resource it could ever match', () => {
  let governed = 0;
  fc.assert(
    fc.property(
      fc.array(scope, { minLength: 1, maxLength: 3 }),
      scope,
      action,
      resource,
      (held, given, asked, on) => {
        const index = indexGrants(held.map((attributes) => administrator(attributes)));
        if (!covering(index, given)) return;
        if (!given.every((each) => matches(each, on, asked, steps()))) return;
        governed++;
        const holds = held.some((attributes) =>
          attributes.every((each) => matches(each, on, asked, steps())),
        );
        assert.ok(holds, 'the scope matches what no Administrator grant does');
      },
    ),
    { numRuns: 30_000 },
  );
  assert.ok(governed > 50, `only ${governed} cases said anything`);
});

test('a wider scope is never governed by who holds a narrower one', () => {
  fc.assert(
    fc.property(scope, attribute, (given, more) => {
      const narrower = indexGrants([administrator([...given, more])]);
      const said = given.some(({ key }) => key === more.key || key === 'serviceName');
      if (!said) assert.equal(covering(narrower, given), undefined);
    }),
  );
});

test('Administrator for a time governs nothing, and no other role governs anything', () => {
  fc.assert(
    fc.property(scope, (given) => {
      const forATime = indexGrants([administrator(given, { during: () => true })]);
      assert.equal(covering(forATime, given), undefined);
      for (const role of ['Editor', 'Operator', 'Viewer', 'Manager'] as const) {
        const index = indexGrants([administrator(given, { actions: actionsOf(role) })]);
        assert.equal(covering(index, given), undefined, role);
      }
    }),
  );
});

test('account-wide actions come from no grant that names less than the account', () => {
  fc.assert(
    fc.property(scope, action, resource, (held, asked, on) => {
      if (rowOfAction(asked)?.on !== 'account') return;
      const narrowing = ['resourceType', 'resource', 'repository', 'tag', 'resourceGroupId'];
      if (!held.some(({ key }) => narrowing.includes(key))) return;
      const all = new Set(Object.keys(ACTIONS) as Action[]);
      const index = indexGrants([{ actions: all, attributes: held, source: 'policy' }]);
      assert.equal(index.find(asked, on, 0, steps()), undefined);
    }),
  );
});

test('no policy reaches the operators’ service by a type of service', () => {
  const on: Resource = { accountId: ACCOUNT };
  fc.assert(
    fc.property(scope, (held) => {
      const named = held.some(
        ({ key, operator, value }) =>
          key === 'serviceName' && operator === 'stringEquals' && value === 'tidegate',
      );
      const typed = held.some(({ key }) => key === 'serviceType');
      if (named || !typed) return;
      const index = indexGrants([administrator(held)]);
      assert.equal(index.find('tidegate.account.create', on, 0, steps()), undefined);
    }),
  );
});

const row = (version: 'v1' | 'v2', document: object, more: Partial<PolicyRow> = {}): PolicyRow => ({
  id: 'p',
  account_id: ACCOUNT,
  version,
  type: 'access',
  subject: 'IBMid-1',
  document: JSON.stringify(document),
  fingerprint: '',
  state: 'active',
  entity_tag: '1-a',
  created_at: 0,
  created_by: '',
  modified_at: 0,
  modified_by: '',
  ...more,
});

const grantOf = (stored: PolicyRow): Grant | undefined =>
  grantOfRow(stored, rolesOfAccount(ACCOUNT, new Map()));

test('P3: a stored policy of which any part is strange grants nothing', () => {
  const [v1, v2] = [v1Policy('IBMid-1', 'Reader', ACCOUNT), v2Policy('IBMid-1', 'Reader', ACCOUNT)];
  assert.ok(grantOf(row('v1', v1)));
  assert.ok(grantOf(row('v2', v2)));
  const strange = fc.oneof(
    fc.constantFrom(
      row('v1', v2),
      row('v2', v1),
      row('v2', v2, { state: 'deleted' }),
      row('v2', v2, { type: 'authorization' }),
      row('v2', v2, { subject: 'IBMid-2' }),
      row('v2', v2, { account_id: 'a2' }),
      row('v2', v2, { document: '{' }),
      row('v2', { ...v2, pattern: 'time-based-conditions:once' }),
      row('v2', { ...v2, rule: { key: 'x', operator: 'y', value: 'z' } }),
      row('v2', v2Policy('IBMid-1', ['Reader', 'Pope'], ACCOUNT)),
      row('v2', v2Policy('IBMid-1', 'Reader', ACCOUNT, { colour: 'red' })),
      row('v2', v2Policy('IBMid-1', 'Reader', ACCOUNT, { regionId: 'r' })),
      row('v2', v2Policy('IBMid-1', 'Reader', 'a2')),
    ),
    fc
      .string({ minLength: 1, maxLength: 10 })
      .filter((name) => !(name in v2) && !['rule', 'pattern', 'description', '__proto__'].includes(name))
      .map((name) => row('v2', { ...v2, [name]: 1 })),
  );
  fc.assert(
    fc.property(strange, (stored) => {
      assert.equal(grantOf(stored), undefined, stored.document);
    }),
  );
});

test('the keys a policy may name are those the evaluator reads, and none that binds an id', () => {
  assert.deepEqual([...POLICY_KEYS].sort(), [...Object.keys(VALUES), 'accountId'].sort());
});
