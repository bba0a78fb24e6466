import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { type Answer, Caller } from './caller.ts';
import { Identities } from './identities.ts';
import { crn, onNamespace, v1Policy, v2Policy } from './policy-documents.ts';

let registry: TestRegistry;
let owner: Caller;
let iamId: string;

before(async () => {
  registry = await TestRegistry.start();
  owner = await Caller.login(registry);
  ({ iamId } = await new Identities(registry).serviceId());
});

after(async () => {
  await registry[Symbol.asyncDispose]();
});

const DAY = '{{environment.attributes.day_of_week}}';
const days = (count: number) => ({
  rule: { key: DAY, operator: 'dayOfWeekAnyOf', value: Array(count).fill('1+00:00') },
  pattern: 'time-based-conditions:weekly:all-day',
});

const v2 = (more: object = {}): ReturnType<typeof v2Policy> & Record<string, unknown> =>
  v2Policy(iamId, 'Reader', registry.accountId, onNamespace('birds'), more);

const patterns = (count: number, length: number) => ({
  attributes: [
    ...v2().resource.attributes.slice(0, 2),
    ...Array.from({ length: count }, (_, index) => ({
      key: 'repository',
      operator: 'stringMatch',
      value: `${index}*`.padEnd(length, 'a'),
    })),
  ],
});

const refusedAs = (answer: Answer, status: number, message: RegExp, what: string): void => {
  const seen = `${what}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`;
  assert.equal(answer.status, status, seen);
  assert.match(answer.body.errors[0].message, message, seen);
};

test('a policy has at most 16 KB, whatever of it is large; a much larger body is not even read', async () => {
  const large = await owner.post('/v2/policies', v2({ resource: patterns(18, 1000) }));
  refusedAs(large, 400, /at most 16384 bytes/, '18 patterns of 1000 characters');
  const wide = v2({ resource: patterns(18, 1000), description: 'd'.repeat(20_000) });
  refusedAs(await owner.post('/v2/policies', wide), 413, /too large/, 'a body of 38 KB');
  const fits = await owner.post('/v2/policies', v2({ resource: patterns(15, 900) }));
  assert.equal(fits.status, 201, JSON.stringify(fits.body));
  const put = await owner.put(`/v2/policies/${fits.body.id}`, v2({ resource: patterns(18, 1000) }), '*');
  assert.equal(put.status, 400);
});

test('a policy names at most seven days', async () => {
  refusedAs(await owner.post('/v2/policies', v2(days(8))), 400, /body\/rule\/value/, 'eight days');
  refusedAs(await owner.post('/v2/policies', v2(days(22_000))), 413, /too large/, '22,000 days');
  const week = await owner.post('/v2/policies', v2(days(7)));
  assert.equal(week.status, 201, JSON.stringify(week.body));
});

test('every list and text of a policy has a bound', async () => {
  const role = { role_id: crn('Reader') };
  const [subject] = v2().subject.attributes;
  const v1 = v1Policy(iamId, 'Reader', registry.accountId, onNamespace('bees'));
  const refused: [string, object][] = [
    ['51 roles', v2({ control: { grant: { roles: Array(51).fill(role) } } })],
    ['21 attributes', v2({ resource: patterns(19, 3) })],
    ['a value of 1001 characters', v2({ resource: patterns(1, 1001) })],
    ['a description of 1001 characters', v2({ description: 'd'.repeat(1001) })],
    ['a pattern of 101 characters', v2({ ...days(1), pattern: 'p'.repeat(101) })],
    ['a role of 501 characters', v2({ control: { grant: { roles: [{ role_id: 'c'.repeat(501) }] } } })],
    ['21 attributes of a subject', v2({ subject: { attributes: Array(21).fill(subject) } })],
    ['11 conditions', v2({ ...days(1), rule: { operator: 'or', conditions: Array(11).fill(days(1).rule) } })],
  ];
  for (const [what, body] of refused) refusedAs(await owner.post('/v2/policies', body), 400, /./, what);
  for (const [what, body] of [
    ['11 subjects', { ...v1, subjects: Array(11).fill(v1.subjects[0]) }],
    ['11 resources', { ...v1, resources: Array(11).fill(v1.resources[0]) }],
    ['a display_name of 101 characters', { ...v1, roles: [{ ...role, display_name: 'd'.repeat(101) }] }],
  ] as const)
    refusedAs(await owner.post('/v1/policies', body), 400, /./, what);
});

test('no part of a policy takes nested JSON that means nothing', async () => {
  let deep: unknown = 'x';
  for (let level = 0; level < 20; level++) deep = [deep];
  const role = { role_id: crn('Reader') };
  const [first] = v2().resource.attributes;
  for (const [what, body] of [
    ['display_name', v2({ control: { grant: { roles: [{ ...role, display_name: deep }] } } })],
    ['description of a role', v2({ control: { grant: { roles: [{ ...role, description: deep }] } } })],
    ['description', v2({ description: deep })],
    ['value', v2({ resource: { attributes: [{ ...first, value: deep }] } })],
    ['days', v2({ ...days(1), rule: { key: DAY, operator: 'dayOfWeekAnyOf', value: deep } })],
    ['pattern', v2({ ...days(1), pattern: deep })],
    ['id', v2({ id: deep })],
    ['created_at', v2({ created_at: deep })],
  ] as const)
    refusedAs(await owner.post('/v2/policies', body), 400, /./, what);
});

test('the policies of an invitation have the bounds of all policies', async () => {
  const users = `/v2/accounts/${registry.accountId}/users`;
  const [resource] = v1Policy('x', 'Reader', registry.accountId).resources;
  for (const roles of [
    [{ role_id: crn('Reader'), display_name: ['x'] }],
    [{ role_id: crn('Reader'), description: 'd'.repeat(1001) }],
  ]) {
    const body = { users: [{ email: 'a@example.com' }], iam_policy: [{ roles, resources: [resource] }] };
    const answer = await owner.post(users, body);
    assert.equal(answer.status, 400, JSON.stringify(answer.body));
  }
});

test('a policy comes back as it was sent: one day in a list stays a list, and a number is no text', async () => {
  const body = v2({ ...days(1), resource: { attributes: v2().resource.attributes, tags: [] } });
  const { iamId: other } = await new Identities(registry).serviceId();
  body.subject.attributes = v2Policy(other, 'Reader', registry.accountId).subject.attributes;
  const made = await owner.post('/v2/policies', body);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  for (const part of ['subject', 'resource', 'control', 'rule', 'pattern'])
    assert.deepEqual(made.body[part], body[part], part);
  const [first] = body.resource.attributes;
  const number = v2({ resource: { attributes: [{ ...first, value: 7 }] } });
  refusedAs(await owner.post('/v2/policies', number), 400, /value/, 'a number');
});
