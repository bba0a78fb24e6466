import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Action, actionsOf, type Resource } from '../../src/access/actions/actions.ts';
import type { Attribute } from '../../src/access/decision/attributes.ts';
import { DECISION_STEPS, decide } from '../../src/access/decision/decide.ts';
import { type Grant, type GrantIndex, indexGrants, NOTHING } from '../../src/access/decision/grants.ts';
import { Steps } from '../../src/access/decision/steps.ts';
import { ANONYMOUS, type Principal } from '../../src/principal.ts';

const USER: Principal = { kind: 'user', iamId: 'IBMid-1', accountId: 'a1' };
const PULL: Action = 'container-registry.image.pull';

const equal = (key: string, value: string): Attribute => ({ key, operator: 'stringEquals', value });
const like = (key: string, value: string): Attribute => ({ key, operator: 'stringMatch', value });
const grant = (attributes: Attribute[], source = 'a policy'): Grant => ({
  actions: actionsOf('Reader'),
  attributes: [equal('accountId', 'a1'), equal('serviceName', 'container-registry'), ...attributes],
  source,
});
const repository = (name: string): Resource => ({
  accountId: 'a1',
  namespace: name.split('/')[0] ?? '',
  repository: name,
});

/** A long name, and policies of 17 patterns that are read to their end on it: 16 fit, the last one does not. */
const LONG = `birds/${'a'.repeat(249)}`;
const heavy = (count: number, start = ''): Grant[] =>
  Array.from({ length: count }, (_, index) =>
    grant([
      ...Array(16).fill(like('repository', `${start}${'*a'.repeat(120)}*`)),
      like('repository', `${start}${'*a'.repeat(120)}*z${index}*`),
    ]),
  );

const asked = (own: GrantIndex, on: Resource, everyone = NOTHING, principal: Principal = USER) => {
  const steps = new Steps(DECISION_STEPS);
  return { ...decide(principal, PULL, on, { own, everyone }, 0, steps), taken: steps.taken };
};

test('a decision takes a bounded number of steps, however many patterns stand in policies', () => {
  const attack = indexGrants(heavy(1000));
  const { allowed, because, taken } = asked(attack, repository(LONG));
  assert.equal(allowed, false);
  assert.match(because, /no policy grants .*: name namespaces and repositories exactly/);
  assert.ok(taken <= DECISION_STEPS * 1.1, `${taken} steps`);
  const both = asked(attack, repository(LONG), attack);
  assert.ok(both.taken <= 2 * DECISION_STEPS * 1.1, `${both.taken} steps`);
  const anonymous = asked(NOTHING, repository(LONG), attack, ANONYMOUS);
  assert.ok(anonymous.taken <= DECISION_STEPS * 1.1, `${anonymous.taken} steps`);
});

test('policies of 17 patterns on repositories cost nothing where no repository is asked about', () => {
  const { taken } = asked(indexGrants(heavy(1000)), { accountId: 'a1', namespace: 'birds' });
  assert.ok(taken < 100, `${taken} steps`);
});

test('patterns that begin with a namespace cost nothing in another namespace', () => {
  const { taken } = asked(indexGrants(heavy(1000, 'birds/')), repository('bees/wasp'));
  assert.ok(taken < 100, `${taken} steps`);
});

test('a thousand policies on single repositories are not looked at one by one', () => {
  const grants = Array.from({ length: 1000 }, (_, index) => grant([equal('repository', `birds/r${index}`)]));
  const { allowed, taken } = asked(indexGrants(grants), repository('birds/r999'));
  assert.equal(allowed, true);
  assert.ok(taken < 100, `${taken} steps`);
});

test('a policy without patterns counts, however many policies with patterns stand beside it', () => {
  for (const plain of [
    [],
    [equal('resource', 'birds')],
    [equal('repository', LONG)],
    [equal('region', 'us-south')],
  ]) {
    const index = indexGrants([...heavy(1000), grant(plain, 'plain')]);
    const { because } = asked(index, { ...repository(LONG), region: ['us-south'] });
    assert.equal(because, 'plain', JSON.stringify(plain));
  }
});

test('short patterns are looked at before long ones', () => {
  const index = indexGrants([...heavy(1000), grant([like('repository', '*aaa')], 'short')]);
  assert.equal(asked(index, repository(LONG)).because, 'short');
});

test('what is for everyone does not use up the steps of what is the caller’s own', () => {
  const own = indexGrants([grant([like('repository', 'birds/*')], 'own')]);
  assert.equal(asked(own, repository(LONG), indexGrants(heavy(1000))).because, 'own');
});

test('Administrator over policies is decided on in a bounded number of steps too', () => {
  const administrator: Grant[] = Array.from({ length: 1000 }, (_, index) => ({
    ...grant([like('repository', `${'*a'.repeat(120)}*z${index}*`)]),
    actions: actionsOf('Administrator'),
  }));
  const scope = [
    equal('accountId', 'a1'),
    equal('serviceName', 'container-registry'),
    equal('repository', LONG),
  ];
  const steps = new Steps(DECISION_STEPS);
  const action: Action = 'iam-access-management.policy.create';
  let longest = 0;
  let taken = 0;
  for (const look = indexGrants(administrator).covering(action, scope, steps); !look.next().done; ) {
    longest = Math.max(longest, steps.taken - taken);
    taken = steps.taken;
  }
  assert.ok(steps.exhausted);
  assert.ok(longest < DECISION_STEPS / 20, 'others can have their turn after each comparison');
  assert.ok(steps.taken <= DECISION_STEPS * 1.1, `${steps.taken} steps`);
});
