import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { Caller } from './caller.ts';
import { Identities } from './identities.ts';
import { v2Policy } from './policy-documents.ts';

const lister = (accountId: string, actions = ['container-registry.image.list']) => ({
  name: 'Lister',
  display_name: 'Lister',
  description: 'lists',
  account_id: accountId,
  service_name: 'container-registry',
  actions,
});

test("GET /v2/roles lists the roles of a service with their actions, and the account's own", async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  await owner.post('/v2/roles', lister(registry.accountId));
  const { body } = await owner.get(
    `/v2/roles?account_id=${registry.accountId}&service_name=container-registry`,
  );
  const names = (roles: { display_name: string }[]): string[] => roles.map(({ display_name: name }) => name);
  assert.deepEqual(names(body.service_roles), ['Reader', 'Writer', 'Manager']);
  assert.deepEqual(names(body.system_roles), ['Administrator']);
  assert.deepEqual(names(body.custom_roles), ['Lister']);
  assert.equal(body.service_roles[0].crn, 'crn:v1:bluemix:public:iam::::serviceRole:Reader');
  assert.ok(!body.service_roles[1].actions.includes('container-registry.image.list'), 'Writer cannot list');
  assert.equal(
    body.custom_roles[0].crn,
    `crn:v1:ibmcloud:public:iam-access-management::a/${registry.accountId}::customRole:Lister`,
  );
});

test("GET /v2/roles?service_group_id=IAM lists the roles of what manages identities and access, the creators' among them", async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const groups = { ...lister(accountId, ['iam-groups.groups.read']), service_name: 'iam-groups' };
  await owner.post('/v2/roles', { ...groups, name: 'GroupReader' });
  await owner.post('/v2/roles', lister(accountId));
  const { status, body } = await owner.get(`/v2/roles?account_id=${accountId}&service_group_id=IAM`);
  assert.equal(status, 200);
  const crns = (roles: { crn: string }[]): string[] => roles.map((role) => role.crn);
  assert.deepEqual(crns(body.service_roles), [
    'crn:v1:bluemix:public:iam-identity::::serviceRole:ServiceIdCreator',
    'crn:v1:bluemix:public:iam-identity::::serviceRole:UserApiKeyCreator',
  ]);
  assert.ok(crns(body.system_roles).includes('crn:v1:bluemix:public:iam::::role:Viewer'));
  const actions: string[] = body.system_roles.flatMap((role: { actions: string[] }) => role.actions);
  assert.ok(actions.includes('iam-groups.groups.read'));
  assert.ok(!actions.some((action) => action.startsWith('container-registry.')));
  assert.deepEqual(
    body.custom_roles.map(({ name }: { name: string }) => name),
    ['GroupReader'],
  );
  assert.equal((await owner.get('/v2/roles?service_group_id=STORAGE')).status, 400);
});

test('the actions of iam-groups bear IBM’s names; a custom role stored with earlier names means what it meant', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const { body } = await owner.get('/v2/roles?service_name=iam-groups');
  const administrator = body.system_roles.find((role: { crn: string }) =>
    role.crn.endsWith(':Administrator'),
  );
  assert.deepEqual(administrator.actions.sort(), [
    'iam-groups.account-settings.read',
    'iam-groups.account-settings.update',
    'iam-groups.groups.create',
    'iam-groups.groups.delete',
    'iam-groups.groups.list',
    'iam-groups.groups.read',
    'iam-groups.groups.update',
    'iam-groups.members.add',
    'iam-groups.members.delete',
    'iam-groups.members.list',
    'iam-groups.members.read',
    'iam-groups.rules.create',
    'iam-groups.rules.delete',
    'iam-groups.rules.list',
    'iam-groups.rules.read',
    'iam-groups.rules.update',
  ]);
  const asked = { ...lister(accountId, ['iam-groups.groups.read']), service_name: 'iam-groups' };
  const made = await owner.post('/v2/roles', asked);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const db = openRows(registry.database);
  const actions = JSON.stringify(['iam-groups.group.get', 'iam-groups.member.list']);
  await db.updateTable('custom_roles').set({ actions }).where('id', '=', made.body.id).execute();
  await db.destroy();
  assert.deepEqual((await owner.get(`/v2/roles/${made.body.id}`)).body.actions, [
    'iam-groups.groups.read',
    'iam-groups.members.list',
    'iam-groups.members.read',
  ]);
  const holder = await new Identities(registry).user();
  const policy = v2Policy(holder.iamId, made.body.crn, accountId, { serviceName: 'iam-groups' });
  assert.equal((await owner.post('/v2/policies', policy)).status, 201);
  const { body: group } = await owner.post(`/v2/groups?account_id=${accountId}`, { name: 'ci' });
  const caller = await Caller.login(registry, holder.apikey);
  assert.equal((await caller.get(`/v2/groups/${group.id}`)).status, 200);
  assert.equal((await caller.get(`/v2/groups/${group.id}/members`)).status, 200);
  assert.equal((await caller.get(`/v2/groups/${group.id}/rules`)).status, 404);
});

test('where an account restricts who makes service IDs and API keys, the creators’ roles still make them', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const [maker, editor] = [await identities.user(), await identities.user()];
  const restricted = {
    restrict_create_service_id: 'RESTRICTED',
    restrict_create_platform_apikey: 'RESTRICTED',
  };
  const settings = `/v1/accounts/${accountId}/settings/identity`;
  assert.equal((await owner.put(settings, restricted, '*')).status, 200);
  const creators = ['ServiceIdCreator', 'UserApiKeyCreator'].map(
    (role) => `crn:v1:bluemix:public:iam-identity::::serviceRole:${role}`,
  );
  const on = { serviceName: 'iam-identity' };
  await owner.post('/v2/policies', v2Policy(editor.iamId, 'Editor', accountId, on));
  const given = await owner.post('/v2/policies', v2Policy(maker.iamId, creators, accountId, on));
  assert.equal(given.status, 201, JSON.stringify(given.body));
  const elsewhere = v2Policy(maker.iamId, creators, accountId, { serviceName: 'container-registry' });
  assert.equal((await owner.post('/v2/policies', elsewhere)).status, 400);
  const serviceId = { account_id: accountId, name: 'made' };
  for (const [holder, status] of [
    [maker, 201],
    [editor, 403],
  ] as const) {
    const caller = await Caller.login(registry, holder.apikey);
    const key = { name: 'another', iam_id: holder.iamId, account_id: accountId };
    assert.equal((await caller.post('/v1/serviceids', serviceId)).status, status);
    assert.equal((await caller.post('/v1/apikeys', key)).status, status);
  }
  const caller = await Caller.login(registry, maker.apikey);
  const [{ id }] = (await owner.get(`/v1/serviceids?account_id=${accountId}`)).body.serviceids;
  assert.equal((await caller.delete(`/v1/serviceids/${id}`)).status, 404, 'who makes one manages none');
});

test('a role of the account: 201, 200, If-Match on PUT, 409 while a policy gives it, then 204', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const made = await owner.post('/v2/roles', lister(registry.accountId));
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const path = `/v2/roles/${made.body.id}`;
  assert.deepEqual((await owner.get(path)).body, made.body);
  const content = { display_name: 'Lister', actions: ['container-registry.image.inspect'] };
  assert.equal((await owner.put(path, content)).status, 400);
  assert.equal((await owner.put(path, content, '1-0')).status, 412);
  assert.equal((await owner.put(path, content, made.headers.get('etag') ?? '')).status, 200);
  const { iamId } = await identities.serviceId();
  const policy = await owner.post('/v2/policies', v2Policy(iamId, made.body.crn, registry.accountId));
  assert.equal(policy.status, 201, JSON.stringify(policy.body));
  const refused = await owner.delete(path);
  assert.equal(refused.status, 409);
  assert.match(refused.body.errors[0].message, new RegExp(policy.body.id));
  await owner.delete(`/v2/policies/${policy.body.id}`);
  assert.equal((await owner.delete(path)).status, 204);
  assert.equal((await owner.get(path)).body.errors[0].code, 'role_not_found');
});

test('what cannot be a role is refused', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const role = lister(registry.accountId);
  const refused: [object, number, RegExp][] = [
    [{ ...role, name: 'lister' }, 400, /capital/],
    [{ ...role, name: 'Image Lister' }, 400, /letters and digits/],
    [{ ...role, name: 'Reader' }, 409, /every account/],
    [{ ...role, actions: [] }, 400, /one action or more/],
    [{ ...role, actions: ['iam-identity.serviceid.get'] }, 400, /has no action/],
    [{ ...role, actions: ['container-registry.registrytoken.create'] }, 400, /Administrators only/],
    [{ ...role, service_name: 'tidegate', actions: ['tidegate.account.create'] }, 400, /Administrators only/],
    [
      {
        ...role,
        service_name: 'iam-access-management',
        actions: ['iam-access-management.policy.create'],
      },
      400,
      /Administrators only/,
    ],
  ];
  for (const [document, status, message] of refused) {
    const answer = await owner.post('/v2/roles', document);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(answer.body.errors[0].message, message);
  }
  assert.equal((await owner.post('/v2/roles', role)).status, 201);
  const again = await owner.post('/v2/roles', role);
  assert.equal(again.body.errors[0].code, 'role_conflict_error');
});

test("who administers less than a role's whole service neither makes nor changes the role", async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const holder = await identities.user();
  const made = await owner.post('/v2/roles', lister(accountId));
  await owner.post(
    '/v2/policies',
    v2Policy(holder.iamId, 'Administrator', accountId, { serviceType: 'platform_service' }),
  );
  const caller = await Caller.login(registry, holder.apikey);
  const more = ['container-registry.image.push'];
  assert.equal((await caller.post('/v2/roles', { ...lister(accountId, more), name: 'Pusher' })).status, 403);
  const content = { display_name: 'Lister', actions: more };
  assert.equal((await caller.get(`/v2/roles/${made.body.id}`)).status, 200);
  assert.equal((await caller.put(`/v2/roles/${made.body.id}`, content, '*')).status, 404);
  assert.equal((await caller.delete(`/v2/roles/${made.body.id}`)).status, 404);
  const stranger = await identities.stranger();
  const foreign = await Caller.login(registry, stranger.apikey);
  assert.equal((await foreign.get(`/v2/roles/${made.body.id}`)).status, 404);
  assert.equal((await foreign.put(`/v2/roles/${made.body.id}`, content, '*')).status, 404);
});

test('changing a role changes what its policies give, with the next request', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  await registry.namespaceAdd('birds');
  const holder = await identities.serviceId();
  const made = await owner.post('/v2/roles', lister(registry.accountId, ['container-registry.image.list']));
  await owner.post('/v2/policies', v2Policy(holder.iamId, made.body.crn, registry.accountId));
  const names = async (): Promise<string[]> =>
    (await (await registry.api('GET', '/api/v1/namespaces', undefined, holder.apikey)).json()) as string[];
  assert.deepEqual(await names(), []);
  const content = { display_name: 'Lister', actions: ['container-registry.namespace.list'] };
  await owner.put(`/v2/roles/${made.body.id}`, content, '*');
  assert.deepEqual(await names(), ['birds']);
});
