import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { Caller } from './caller.ts';
import { Identities } from './identities.ts';
import { onNamespace, v2Policy } from './policy-documents.ts';

const PUBLIC = 'AccessGroupId-PublicAccess';

test('an access group: 201, 200 with ETag, PATCH with If-Match, 409 for a taken name, 204', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const path = `/v2/groups?account_id=${registry.accountId}`;
  const made = await owner.post(path, { name: 'ornithologists' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.match(made.body.id, /^AccessGroupId-[0-9a-f-]{36}$/);
  assert.equal(made.body.description, '');
  assert.equal((await owner.post(path, { name: 'ornithologists' })).status, 409);
  assert.equal((await owner.post(path, { name: 'public access' })).status, 409);
  const one = `/v2/groups/${made.body.id}`;
  assert.deepEqual((await owner.get(one)).body, made.body);
  assert.ok(made.headers.get('transaction-id'));
  assert.equal((await owner.patch(one, { description: 'x' })).status, 400);
  assert.equal((await owner.patch(one, { description: 'x' }, '1-0')).status, 412);
  const changed = await owner.patch(one, { description: 'birds' }, made.headers.get('etag') ?? '');
  assert.equal(changed.body.description, 'birds');
  assert.equal(changed.body.name, 'ornithologists');
  assert.equal((await owner.delete(one)).status, 204);
  assert.equal((await owner.get(one)).status, 404);
});

test('lists of groups: search, of one identity, in pages, with Public Access unless it is hidden', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const path = `/v2/groups?account_id=${registry.accountId}`;
  const ids: string[] = [];
  for (const name of ['ants', 'bees', 'cats']) ids.push((await owner.post(path, { name })).body.id);
  const { iamId } = await identities.serviceId();
  await owner.put(`/v2/groups/${ids[1]}/members`, { members: [{ iam_id: iamId, type: 'service' }] });
  const names = async (query: string): Promise<string[]> =>
    (await owner.get(`${path}${query}`)).body.groups.map(({ name }: { name: string }) => name);
  assert.deepEqual(await names(''), ['Public Access', 'ants', 'bees', 'cats']);
  assert.deepEqual(await names('&hide_public_access=true&sort=-name'), ['cats', 'bees', 'ants']);
  assert.deepEqual(await names('&search=at'), ['cats']);
  assert.deepEqual(await names(`&hide_public_access=true&iam_id=${iamId}`), ['bees']);
  const first = (await owner.get(`${path}&limit=3`)).body;
  assert.equal(first.total_count, 4);
  const second = (await owner.get(first.next.href)).body;
  assert.deepEqual(
    second.groups.map(({ name }: { name: string }) => name),
    ['cats'],
  );
  assert.equal(second.next, undefined);
  assert.equal((await owner.get('/v2/groups')).body.errors[0].code, 'missing_required_query_parameter');
});

test('members: 207 tells of each, GET pages, HEAD is 204 or 404, removing one or many', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { body: group } = await owner.post(`/v2/groups?account_id=${registry.accountId}`, { name: 'ci' });
  const path = `/v2/groups/${group.id}/members`;
  const [user, service] = [await identities.user(), await identities.serviceId()];
  const added = await owner.put(path, {
    members: [
      { iam_id: user.iamId, type: 'user' },
      { iam_id: service.iamId, type: 'user' },
      { iam_id: 'robin@example.com', type: 'user' },
      { iam_id: service.iamId, type: 'service' },
    ],
  });
  assert.equal(added.status, 207);
  assert.deepEqual(
    added.body.members.map((each: { status_code: number }) => each.status_code),
    [200, 400, 400, 200],
  );
  assert.match(added.body.members[1].errors[0].message, /type/);
  const page = (await owner.get(`${path}?limit=1&verbose=true`)).body;
  assert.equal(page.total_count, 2);
  assert.equal(page.members[0].membership_type, 'static');
  assert.equal(page.members[0].name, 'Ada Lovelace');
  assert.equal((await owner.get(page.next.href)).body.members[0].iam_id, service.iamId);
  assert.equal((await owner.send('HEAD', `${path}/${user.iamId}`)).status, 204);
  assert.equal((await owner.send('HEAD', `${path}/IBMid-unknown`)).status, 404);
  assert.equal((await owner.delete(`${path}/${user.iamId}`)).status, 204);
  assert.equal((await owner.delete(`${path}/${user.iamId}`)).status, 404);
  const removed = await owner.post(`${path}/delete`, { members: [user.iamId, service.iamId] });
  assert.equal(removed.status, 207);
  assert.deepEqual(
    removed.body.members.map((each: { status_code: number }) => each.status_code),
    [404, 204],
  );
});

test('_allgroups adds to several groups and takes out of all', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const query = `account_id=${registry.accountId}`;
  const [one, two] = await Promise.all(
    ['one', 'two'].map(async (name) => (await owner.post(`/v2/groups?${query}`, { name })).body.id),
  );
  const { iamId } = await identities.serviceId();
  const path = `/v2/groups/_allgroups/members/${iamId}?${query}`;
  const joined = await owner.put(path, { type: 'service', groups: [one, 'AccessGroupId-0', two] });
  assert.equal(joined.status, 207);
  assert.deepEqual(
    joined.body.groups.map((each: { status_code: number }) => each.status_code),
    [200, 404, 200],
  );
  const left = await owner.delete(path);
  assert.equal(left.status, 207);
  assert.equal(left.body.groups.length, 2);
  assert.equal((await owner.send('HEAD', `/v2/groups/${one}/members/${iamId}`)).status, 404);
});

test('a group with members is deleted by force only, and its policies and memberships go with it', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  await registry.namespaceAdd('birds');
  const { body: group } = await owner.post(`/v2/groups?account_id=${registry.accountId}`, { name: 'ci' });
  const member = await identities.serviceId();
  await owner.put(`/v2/groups/${group.id}/members`, { members: [{ iam_id: member.iamId }] });
  const policy = await owner.post('/v2/policies', v2Policy(group.id, 'Reader', registry.accountId));
  const listed = async (): Promise<unknown> =>
    (await registry.api('GET', '/api/v1/namespaces', undefined, member.apikey)).json();
  assert.deepEqual(await listed(), ['birds']);
  const refused = await owner.delete(`/v2/groups/${group.id}`);
  assert.equal(refused.status, 409);
  assert.equal((await owner.delete(`/v2/groups/${group.id}?force=true`)).status, 204);
  assert.deepEqual(await listed(), []);
  assert.equal((await owner.get(`/v2/policies/${policy.body.id}`)).status, 404);
});

test('who may not delete the policies of a group does not delete the group, with force neither', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const editor = await identities.user();
  const groups = { serviceName: 'iam-groups' };
  await owner.post('/v2/policies', v2Policy(editor.iamId, 'Editor', accountId, groups));
  const caller = await Caller.login(registry, editor.apikey);
  const { body: group } = await owner.post(`/v2/groups?account_id=${accountId}`, { name: 'ci' });
  const { body: other } = await owner.post(`/v2/groups?account_id=${accountId}`, { name: 'empty' });
  const policy = await owner.post('/v2/policies', v2Policy(group.id, 'Administrator', accountId, groups));
  assert.equal((await caller.delete(`/v2/policies/${policy.body.id}`)).status, 404);
  for (const query of ['', '?force=true', '?force=false']) {
    const refused = await caller.delete(`/v2/groups/${group.id}${query}`);
    assert.equal(refused.status, 403, query);
    assert.match(refused.body.errors[0].message, /Administrator over all of .*iam-groups/);
  }
  assert.equal((await owner.get(`/v2/policies/${policy.body.id}`)).body.state, 'active');
  assert.equal((await caller.delete(`/v2/groups/${other.id}`)).status, 204, 'a group without policies');
  await owner.post('/v2/policies', v2Policy(editor.iamId, 'Administrator', accountId, groups));
  assert.equal((await caller.delete(`/v2/groups/${group.id}`)).status, 204);
});

test('rules are kept and shown, with If-Match, five at most', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { body: group } = await owner.post(`/v2/groups?account_id=${registry.accountId}`, { name: 'ci' });
  const path = `/v2/groups/${group.id}/rules`;
  const rule = {
    name: 'managers',
    expiration: 12,
    realm_name: 'https://idp.example.org/SAML',
    conditions: [{ claim: 'isManager', operator: 'EQUALS', value: 'true' }],
  };
  const made = await owner.post(path, rule);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(made.body.conditions, rule.conditions);
  assert.equal((await owner.get(`/v2/groups/${group.id}`)).body.is_federated, true);
  const one = `${path}/${made.body.id}`;
  assert.equal((await owner.put(one, rule)).status, 400);
  const put = await owner.put(one, { ...rule, expiration: 24 }, made.headers.get('etag') ?? '');
  assert.equal(put.body.expiration, 24);
  for (let more = 0; more < 4; more++) await owner.post(path, rule);
  assert.equal((await owner.post(path, rule)).status, 409);
  assert.equal((await owner.get(path)).body.rules.length, 5);
  assert.equal((await owner.delete(one)).status, 204);
  assert.equal((await owner.get(one)).status, 404);
});

test('the group Public Access is in every account and is not renamed, deleted or given members', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const path = `/v2/groups/${PUBLIC}`;
  assert.equal((await owner.get(path)).body.name, 'Public Access');
  const { iamId } = await identities.user();
  assert.equal((await owner.patch(path, { name: 'x' }, '*')).status, 400);
  assert.equal((await owner.delete(path)).status, 400);
  assert.equal((await owner.put(`${path}/members`, { members: [{ iam_id: iamId }] })).status, 400);
  const rule = { expiration: 1, realm_name: 'x', conditions: [] };
  assert.equal((await owner.post(`${path}/rules`, rule)).status, 400);
});

test("a stranger's request for a group, member or rule of another account is 404, like one for none", async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { body: group } = await owner.post(`/v2/groups?account_id=${registry.accountId}`, { name: 'ci' });
  const conditions = [{ claim: 'groups', operator: 'CONTAINS', value: '"x"' }];
  const body = { expiration: 1, realm_name: 'x', conditions };
  const { body: rule } = await owner.post(`/v2/groups/${group.id}/rules`, body);
  const stranger = await identities.stranger();
  const foreign = await Caller.login(registry, stranger.apikey);
  const requests = (id: string): [string, string, object?][] => [
    ['GET', `/v2/groups/${id}`],
    ['PATCH', `/v2/groups/${id}`, { name: 'x' }],
    ['DELETE', `/v2/groups/${id}?force=true`],
    ['GET', `/v2/groups/${id}/members`],
    ['PUT', `/v2/groups/${id}/members`, { members: [{ iam_id: stranger.iamId }] }],
    ['HEAD', `/v2/groups/${id}/members/${stranger.iamId}`],
    ['DELETE', `/v2/groups/${id}/members/${stranger.iamId}`],
    ['POST', `/v2/groups/${id}/members/delete`, { members: [stranger.iamId] }],
    ['GET', `/v2/groups/${id}/rules`],
    ['POST', `/v2/groups/${id}/rules`, body],
    ['GET', `/v2/groups/${id}/rules/${rule.id}`],
    ['PUT', `/v2/groups/${id}/rules/${rule.id}`, body],
    ['DELETE', `/v2/groups/${id}/rules/${rule.id}`],
  ];
  const ask = async (id: string) => {
    const answers: unknown[] = [];
    for (const [method, path, sent] of requests(id)) {
      const answer = await foreign.send(method, path, sent, { 'If-Match': '*' });
      answers.push([method, path.replace(id, 'ID'), answer.status, answer.body?.errors]);
    }
    return answers;
  };
  const answers = await ask(group.id);
  assert.deepEqual(answers, await ask('AccessGroupId-00000000-0000-0000-0000-000000000000'));
  for (const each of answers as [string, string, number][]) assert.equal(each[2], 404, each.join(' '));
  assert.equal((await foreign.get(`/v2/groups?account_id=${registry.accountId}`)).status, 403);
  assert.equal((await foreign.get(`/v2/groups/settings?account_id=${registry.accountId}`)).status, 403);
  const settings = `/v1/accounts/${registry.accountId}/settings/access_management`;
  assert.equal((await foreign.get(settings)).status, 404);
});

test('an Administrator of a group cannot add a member while the group gives what they do not administer', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const admin = await identities.user();
  await owner.post(
    '/v2/policies',
    v2Policy(admin.iamId, 'Administrator', accountId, { serviceName: 'iam-groups' }),
  );
  const { body: group } = await owner.post(`/v2/groups?account_id=${accountId}`, { name: 'ci' });
  const caller = await Caller.login(registry, admin.apikey);
  const join = (): Promise<number> =>
    caller
      .put(`/v2/groups/${group.id}/members`, { members: [{ iam_id: admin.iamId }] })
      .then(({ status }) => status);
  assert.equal(await join(), 207, 'a group without policies hands nothing on');
  await caller.delete(`/v2/groups/${group.id}/members/${admin.iamId}`);
  await owner.post('/v2/policies', v2Policy(group.id, 'Reader', accountId, onNamespace('birds')));
  assert.equal(await join(), 404);
  const all = await caller.put(`/v2/groups/_allgroups/members/${admin.iamId}?account_id=${accountId}`, {
    groups: [group.id],
  });
  assert.equal(all.body.groups[0].status_code, 404);
  const rule = { expiration: 1, realm_name: 'x', conditions: [] };
  assert.equal((await caller.post(`/v2/groups/${group.id}/rules`, rule)).status, 404);
  const policy = v2Policy(admin.iamId, 'Administrator', accountId, { serviceName: 'container-registry' });
  await owner.post('/v2/policies', policy);
  assert.equal(await join(), 207, 'Administrator over all it reaches may');
});

test('access management settings: the ETag is the If-Match, unknown parts keep what they were', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const path = `/v1/accounts/${registry.accountId}/settings/access_management`;
  const before = await owner.get(path);
  assert.equal(before.status, 200);
  const user = { state: 'monitor', external_allowed_accounts: ['a'] };
  const change = { external_account_identity_interaction: { identity_types: { user } } };
  assert.equal((await owner.patch(path, change)).status, 400);
  assert.equal((await owner.patch(path, change, '7-0')).status, 412);
  const after = await owner.patch(path, change, before.headers.get('etag') ?? '');
  assert.equal(after.status, 200, JSON.stringify(after.body));
  const types = after.body.external_account_identity_interaction.identity_types;
  assert.deepEqual(types.user, user);
  assert.equal(types.service.state, 'limited');
  assert.deepEqual((await owner.get(path)).body, after.body);
});
