import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept, grant, invite, join, PASSWORD } from '../identity/people.ts';
import { TestRegistry } from '../support/registry.ts';
import { Caller } from './caller.ts';
import { Identities } from './identities.ts';
import { onNamespace, v1Policy, v2Policy } from './policy-documents.ts';

const UUID = '0123abcd-0000-4000-8000-000000000000';

test('a policy is given to an IAM id that is no member, by its form, and listed; what is no IAM id is refused', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  for (const iamId of ['IBMid-SDKNode4711', `iam-ServiceId-${UUID}`, `iam-Profile-${UUID}`]) {
    const one = await owner.post('/v1/policies', v1Policy(iamId, 'Reader', accountId));
    assert.equal(one.status, 201, JSON.stringify(one.body));
    const two = v2Policy(iamId, 'Reader', accountId, onNamespace('birds'));
    assert.equal((await owner.post('/v2/policies', two)).status, 201);
    const listed = await owner.get(`/v1/policies?account_id=${accountId}&iam_id=${iamId}`);
    assert.equal(listed.body.policies.length, 2);
  }
  for (const iamId of [
    'robin@example.com',
    'IBMid-',
    'IBMid-1 2',
    `IBMid-${'1'.repeat(41)}`,
    'iam-ServiceId-1',
    `iam-Robot-${UUID}`,
    `ServiceId-${UUID}`,
    `iam-ServiceId-${UUID.toUpperCase()}`,
  ]) {
    const refused = await owner.post('/v2/policies', v2Policy(iamId, 'Reader', accountId));
    assert.equal(refused.status, 400, iamId);
    assert.match(refused.body.errors[0].message, /IBMid-…, iam-ServiceId-… or iam-Profile-…/);
  }
});

test('an IAM id that is no member is put into a group, as what its form says it is', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { body: group } = await owner.post(`/v2/groups?account_id=${registry.accountId}`, { name: 'ci' });
  const members = [
    { iam_id: 'IBMid-SDKNode4711', type: 'user' },
    { iam_id: `iam-ServiceId-${UUID}` },
    { iam_id: `iam-Profile-${UUID}`, type: 'service' },
    { iam_id: 'robin' },
  ];
  const { status, body } = await owner.put(`/v2/groups/${group.id}/members`, { members });
  assert.equal(status, 207);
  assert.deepEqual(
    body.members.map((each: { status_code: number; type?: string }) => [each.status_code, each.type]),
    [
      [200, 'user'],
      [200, 'service'],
      [400, undefined],
      [400, undefined],
    ],
  );
  const shown = await owner.get(`/v2/groups/${group.id}/members?verbose=true`);
  assert.equal(shown.body.total_count, 2);
  assert.equal((await owner.delete(`/v2/groups/${group.id}/members/IBMid-SDKNode4711`)).status, 204);
});

test('P4: nothing is told of a person of another account who was put into a group: no name, and not that there is one', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const ada = await join(registry, 'ada@example.com');
  const { account_id: account, apikey } = (await owner.post('/api/v1/accounts', { name: 'other' })).body;
  const other = await Caller.login(registry, apikey);
  const shownIn = async (caller: Caller, accountId: string): Promise<object[]> => {
    const { body: group } = await caller.post(`/v2/groups?account_id=${accountId}`, { name: 'ci' });
    const path = `/v2/groups/${group.id}/members`;
    const members = [{ iam_id: ada.iamId }, { iam_id: 'IBMid-SDKNode4711' }];
    const { body } = await caller.put(path, { members });
    const shown = (await caller.get(`${path}?verbose=true`)).body.members;
    const keysOf = (each: object): object => ({
      id: (each as { iam_id: string }).iam_id,
      told: Object.keys(each),
    });
    return [...body.members, ...shown].map(keysOf);
  };
  const told = await shownIn(other, account);
  assert.equal(told.length, 4);
  for (const { id, told: fields } of told as { id: string; told: string[] }[])
    assert.ok(!fields.includes('name') && !fields.includes('email'), id);
  const own = (await shownIn(owner, registry.accountId)) as { id: string; told: string[] }[];
  assert.ok(own.some(({ id, told: fields }) => id === ada.iamId && fields.includes('email')));
});

test('P2: what was given to a stranger’s IAM id counts when it has become a member, and gives nothing before', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  await registry.namespaceAdd('birds');
  const ada = await join(registry, 'ada@example.com');
  registry.clock.advance(1000);
  const made = await owner.post('/api/v1/accounts', { name: 'other' });
  const { account_id: account, apikey } = made.body;
  const other = await Caller.login(registry, apikey);

  // for ada, who is no member of the other account: by herself and by a group
  for (const body of [
    v2Policy(ada.iamId, 'Manager', account, onNamespace('bees')),
    v2Policy(ada.iamId, 'Viewer', account, { serviceType: 'platform_service' }),
  ])
    assert.equal((await other.post('/v2/policies', body)).status, 201);
  const { body: group } = await other.post(`/v2/groups?account_id=${account}`, { name: 'birders' });
  const joined = await other.put(`/v2/groups/${group.id}/members`, { members: [{ iam_id: ada.iamId }] });
  assert.equal(joined.body.members[0].status_code, 200);
  const policies = `/v2/policies?account_id=${account}`;
  const groups = `/v2/groups?account_id=${account}`;
  const before = Caller.bearing(registry, ada.token);
  for (const path of [policies, groups, `/v2/groups/${group.id}`])
    assert.ok((await before.get(path)).status >= 403, path);
  assert.deepEqual((await before.get(`/v2/policies?account_id=${accountId}`)).body.policies, []);
  const namespaces = await before.send('GET', '/api/v1/namespaces', undefined, { Account: accountId });
  assert.deepEqual(namespaces.body, [], 'nothing of what the other account gives counts at home');

  const { access_token: token } = await registry.login(apikey);
  const { code } = await invite(registry, ada.email, { token, account });
  assert.ok((await before.get(policies)).status >= 403, 'an invitation gives nothing');
  assert.equal((await accept(registry, code, {}, ada.token)).status, 200);
  const login = { grant_type: 'password', username: ada.email, password: PASSWORD };
  const { body: first } = await grant(registry, login, 'bx');
  const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token, account };
  const { body: switched } = await grant(registry, refresh, 'bx');
  const after = Caller.bearing(registry, switched.access_token);
  assert.equal((await after.get(policies)).body.policies.length, 2);
  assert.ok((await after.get(groups)).body.groups.some(({ id }: { id: string }) => id === group.id));
});

test('a policy of an invitation keeps the tags of its subject for the identity that accepts, and gives no more', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { token } = await join(registry, 'ada@example.com');
  registry.clock.advance(1000);
  const made = await owner.post('/api/v1/accounts', { name: 'other' });
  const { account_id: account, apikey } = made.body;
  const other = await Caller.login(registry, apikey);
  const { access_token: inviter } = await registry.login(apikey);
  const invited = await invite(registry, 'ada@example.com', { token: inviter, account });
  const tags = [{ name: 'team', value: 'birds' }];
  const policy = v1Policy(invited.iamId, 'Manager', account);
  const [subject] = policy.subjects;
  const { body: created } = await other.post('/v1/policies', { ...policy, subjects: [{ ...subject, tags }] });
  const { body: accepted } = await accept(registry, invited.code, {}, token);
  assert.notEqual(accepted.iam_id, invited.iamId);
  const { body: moved } = await other.get(`/v1/policies/${created.id}`);
  assert.deepEqual(moved.subjects[0].tags, tags);
  assert.notEqual(moved.subjects[0].attributes[0].value, invited.iamId);
});

test('P2: an identity that is removed leaves no rights, and none of its ids is given again', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const identities = new Identities(registry);
  const { iamId } = await identities.serviceId();
  const policy = v2Policy(iamId, 'Reader', accountId);
  assert.equal((await owner.post('/v2/policies', policy)).status, 201);
  assert.equal((await owner.delete(`/v1/serviceids/${iamId.slice('iam-'.length)}`)).status, 204);
  const listed = async (): Promise<number> =>
    (await owner.get(`/v2/policies?account_id=${accountId}&iam_id=${iamId}`)).body.policies.length;
  assert.equal(await listed(), 0);
  assert.equal((await owner.post('/v2/policies', policy)).status, 201);
  assert.equal(await listed(), 1);
  const next = await identities.serviceId();
  assert.notEqual(next.iamId, iamId);
  const names = await registry.api('GET', '/api/v1/namespaces', undefined, next.apikey);
  assert.deepEqual(await names.json(), []);
});
