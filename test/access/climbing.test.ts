import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASSUME, grant } from '../identity/people.ts';
import { TestRegistry } from '../support/registry.ts';
import { Caller } from './caller.ts';
import { type Holder, Identities } from './identities.ts';
import { onNamespace, v1Policy, v2Policy } from './policy-documents.ts';

const REGISTRY = { serviceName: 'container-registry' };
const IDENTITY = { serviceName: 'iam-identity' };
const GROUPS = { serviceName: 'iam-groups' };
const USERS = { serviceName: 'user-management' };
const OFFICE_HOURS = {
  pattern: 'time-based-conditions:weekly:all-day',
  rule: {
    key: '{{environment.attributes.day_of_week}}',
    operator: 'dayOfWeekAnyOf',
    value: ['1+00:00', '2+00:00', '3+00:00', '4+00:00', '5+00:00', '6+00:00', '7+00:00'],
  },
};

class Lab implements AsyncDisposable {
  readonly registry: TestRegistry;
  readonly identities: Identities;
  readonly owner: Caller;

  private constructor(registry: TestRegistry, owner: Caller) {
    this.registry = registry;
    this.identities = new Identities(registry);
    this.owner = owner;
  }

  static async open(): Promise<Lab> {
    const registry = await TestRegistry.start();
    return new Lab(registry, await Caller.login(registry));
  }

  get accountId(): string {
    return this.registry.accountId;
  }

  async give(
    subject: string,
    role: string,
    on: Readonly<Record<string, string>>,
    more: object = {},
  ): Promise<string> {
    const made = await this.owner.post('/v2/policies', v2Policy(subject, role, this.accountId, on, more));
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body.id;
  }

  /** A user who is Administrator on something, and its requests. */
  async administrator(
    on: Readonly<Record<string, string>>,
    more: object = {},
  ): Promise<Holder & { readonly caller: Caller }> {
    const user = await this.identities.user();
    await this.give(user.iamId, 'Administrator', on, more);
    return { ...user, caller: await Caller.login(this.registry, user.apikey) };
  }

  async profile(name: string): Promise<{ id: string; iam_id: string }> {
    const made = await this.owner.post('/v1/profiles', { name, account_id: this.accountId });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body;
  }

  async group(name: string): Promise<string> {
    const { body } = await this.owner.post(`/v2/groups?account_id=${this.accountId}`, { name });
    return body.id;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
  }
}

test('P2: an Administrator of a group adds members only if they are Administrator over all that the group gives', async () => {
  await using lab = await Lab.open();
  const keeper = await lab.administrator(GROUPS);
  const [strong, empty] = [await lab.group('strong'), await lab.group('empty')];
  await lab.give(strong, 'Writer', REGISTRY);
  const members = { members: [{ iam_id: keeper.iamId }] };
  assert.equal((await keeper.caller.put(`/v2/groups/${strong}/members`, members)).status, 404);
  assert.equal((await keeper.caller.put(`/v2/groups/${empty}/members`, members)).status, 207);
  const joined = await keeper.caller.put(
    `/v2/groups/_allgroups/members/${keeper.iamId}?account_id=${lab.accountId}`,
    { groups: [strong] },
  );
  assert.equal(joined.body.groups[0].status_code, 404);
  const rule = { realm_name: 'https://idp.example', expiration: 1, conditions: [] };
  assert.equal((await keeper.caller.post(`/v2/groups/${strong}/rules`, rule)).status, 404);
  const invite = { users: [{ email: 'new@example.com' }], access_groups: [strong] };
  const inviter = await lab.administrator(USERS);
  const users = `/v2/accounts/${lab.accountId}/users`;
  assert.equal((await inviter.caller.post(users, invite)).status, 403);
  assert.equal((await inviter.caller.post(users, { ...invite, access_groups: [empty] })).status, 202);
});

test('P2: a key for a service ID needs what giving the rights of the profiles that trust it needs', async () => {
  await using lab = await Lab.open();
  const keeper = await lab.administrator(IDENTITY);
  const strong = await lab.profile('strong');
  await lab.give(strong.iam_id, 'Manager', REGISTRY);
  const robot = await lab.identities.serviceId();
  const trust = { type: 'serviceid', identifier: robot.iamId.slice('iam-'.length) };
  assert.equal((await lab.owner.post(`/v1/profiles/${strong.id}/identities/serviceid`, trust)).status, 200);

  const key = { name: 'k', account_id: lab.accountId, iam_id: robot.iamId };
  const made = await keeper.caller.post('/v1/apikeys', key);
  if (made.status === 201) {
    const { access_token } = await lab.registry.login(made.body.apikey);
    const assumed = await grant(lab.registry, { grant_type: ASSUME, access_token, profile_id: strong.id });
    assert.equal(assumed.status, 200);
  }
  assert.equal(made.status, 403);
  const free = await lab.identities.serviceId();
  assert.equal((await keeper.caller.post('/v1/apikeys', { ...key, iam_id: free.iamId })).status, 201);
});

test('P2: callers cannot let themselves into a profile that reaches more than they govern', async () => {
  await using lab = await Lab.open();
  const keeper = await lab.administrator(IDENTITY);
  const strong = await lab.profile('strong');
  await lab.give(strong.iam_id, 'Reader', REGISTRY);
  const identity = { type: 'user', identifier: keeper.iamId };
  const conditions = [{ claim: 'namespace', operator: 'EQUALS', value: 'x' }];
  const attempts = [
    ['POST', 'identities/user', identity],
    ['PUT', 'identities', { identities: [identity] }],
    ['POST', 'rules', { type: 'Profile-CR', cr_type: 'ROKS_SA', conditions }],
    ['POST', 'links', { cr_type: 'ROKS_SA', link: { crn: 'crn:v1:x', namespace: 'x', name: 'x' } }],
  ] as const;
  for (const [method, below, body] of attempts) {
    const path = `/v1/profiles/${strong.id}/${below}`;
    assert.equal((await keeper.caller.send(method, path, body, { 'If-Match': '*' })).status, 404, below);
  }
  const made = await lab.owner.post(`/v1/profiles/${strong.id}/rules`, attempts[2][2]);
  const changed = await keeper.caller.put(
    `/v1/profiles/${strong.id}/rules/${made.body.id}`,
    attempts[2][2],
    '*',
  );
  assert.equal(changed.status, 404);
  const own = await keeper.caller.post('/v1/profiles', { name: 'own', account_id: lab.accountId });
  assert.equal(own.status, 201);
  const trusted = await keeper.caller.post(`/v1/profiles/${own.body.id}/identities/user`, identity);
  assert.equal(trusted.status, 200);
});

test('P2: a profile has no API key, nor has an identity of another account one here', async () => {
  await using lab = await Lab.open();
  const stranger = await lab.identities.stranger();
  const foreign = await lab.identities.serviceId(stranger.accountId);
  const { iam_id: profile } = await lab.profile('strong');
  const keeper = await lab.administrator(IDENTITY);
  for (const caller of [keeper.caller, lab.owner]) {
    for (const iamId of [profile, foreign.iamId, stranger.iamId, 'iam-ServiceId-unknown']) {
      const { status } = await caller.post('/v1/apikeys', {
        name: 'k',
        account_id: lab.accountId,
        iam_id: iamId,
      });
      assert.ok(status === 403 || status === 400 || status === 404, `${iamId}: ${status}`);
    }
  }
});

test('P2: no policy is wider than what its author is Administrator over', async () => {
  await using lab = await Lab.open();
  const author = await lab.administrator(onNamespace('birds'));
  const { iamId, caller } = author;
  const attribute = (key: string, value: string, operator = 'stringEquals') => ({ key, operator, value });
  const account = attribute('accountId', lab.accountId);
  const service = attribute('serviceName', 'container-registry');
  const type = attribute('resourceType', 'namespace');
  const wider = [
    [account, service],
    [account, service, type],
    [account, service, attribute('resource', 'birds')],
    [account, service, type, attribute('resource', 'birds*', 'stringMatch')],
    [account, service, type, attribute('resource', '*', 'stringMatch')],
    [account, service, type, attribute('resource', 'true', 'stringExists')],
    [account, service, type, attribute('resource', 'fish')],
    [account, service, attribute('region', 'local')],
    [account, service, attribute('repository', 'birds/a')],
    [account, attribute('serviceType', 'service'), type, attribute('resource', 'birds')],
    [account, attribute('resourceGroupId', 'x'), type, attribute('resource', 'birds')],
    [account, attribute('serviceName', 'iam-identity')],
    [account, attribute('serviceName', 'tidegate')],
    [account, attribute('serviceType', 'platform_service')],
  ];
  for (const attributes of wider) {
    const sent = { ...v2Policy(iamId, 'Writer', lab.accountId), resource: { attributes } };
    const { status } = await caller.post('/v2/policies', sent);
    assert.equal(status, 403, JSON.stringify(attributes));
  }
  const within = [account, service, type, attribute('resource', 'birds')];
  const narrow = (attributes: object[]) => ({
    ...v2Policy(iamId, 'Writer', lab.accountId),
    resource: { attributes },
  });
  const made = await caller.post('/v2/policies', narrow(within));
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const repository = narrow([...within, attribute('repository', 'birds/a')]);
  assert.equal((await caller.post('/v2/policies', repository)).status, 201);
  for (const attributes of wider) {
    const { status } = await caller.put(`/v2/policies/${made.body.id}`, narrow(attributes), '*');
    assert.equal(status, 404, JSON.stringify(attributes));
  }
});

test('P2: a policy is not changed, deleted or restored by a caller whose own rights are narrower', async () => {
  await using lab = await Lab.open();
  const { iamId, caller } = await lab.administrator(onNamespace('birds'));
  const wide = await lab.give(iamId, 'Reader', REGISTRY);
  const other = (await lab.identities.serviceId()).iamId;
  const body = v2Policy(other, 'Reader', lab.accountId, onNamespace('birds'));
  assert.equal((await caller.put(`/v2/policies/${wide}`, body, '*')).status, 404);
  assert.equal((await caller.delete(`/v2/policies/${wide}`)).status, 404);
  const v1 = await lab.owner.post('/v1/policies', v1Policy(iamId, 'Writer', lab.accountId));
  assert.equal((await lab.owner.delete(`/v1/policies/${v1.body.id}`)).status, 204);
  const restored = await caller.patch(`/v1/policies/${v1.body.id}`, { state: 'active' }, '*');
  assert.equal(restored.status, 404);
  const byPut = await caller.put(`/v1/policies/${v1.body.id}`, v1Policy(iamId, 'Writer', lab.accountId), '*');
  assert.equal(byPut.status, 404);
});

test('P2: a role changed later gives no more than its service has, and only who governs the service changes it', async () => {
  await using lab = await Lab.open();
  const role = {
    name: 'Puller',
    display_name: 'Puller',
    account_id: lab.accountId,
    service_name: 'container-registry',
    actions: ['container-registry.image.pull'],
  };
  const made = await lab.owner.post('/v2/roles', role);
  assert.equal(made.status, 201);
  const { caller, iamId } = await lab.administrator(onNamespace('birds'));
  const mine = v2Policy(iamId, made.body.crn, lab.accountId, onNamespace('birds'));
  assert.equal((await caller.post('/v2/policies', mine)).status, 201);
  const path = `/v2/roles/${made.body.id}`;
  const more = { display_name: 'Puller', actions: [...role.actions, 'container-registry.image.push'] };
  assert.equal((await caller.put(path, more, '*')).status, 404);
  assert.equal((await caller.post('/v2/roles', { ...role, name: 'Other' })).status, 403);
  const whole = await lab.administrator(REGISTRY);
  assert.equal((await whole.caller.put(path, more, '*')).status, 200);
  for (const action of [
    'container-registry.registrytoken.create',
    'iam-identity.apikey.create',
    'iam-access-management.policy.create',
    'iam-groups.members.add',
    'tidegate.account.create',
  ]) {
    const { status } = await whole.caller.put(path, { display_name: 'Puller', actions: [action] }, '*');
    assert.equal(status, 400, action);
  }
});

test('P2: an Administrator for a time hands nothing on that would outlive it', async () => {
  await using lab = await Lab.open();
  const user = await lab.identities.user();
  for (const on of [REGISTRY, IDENTITY, GROUPS, USERS, { serviceName: 'iam-access-management' }])
    await lab.give(user.iamId, 'Administrator', on, OFFICE_HOURS);
  const caller = await Caller.login(lab.registry, user.apikey);
  const account = { Account: lab.accountId };
  // what ends with the hour they may do
  assert.equal((await caller.get(`/v1/serviceids?account_id=${lab.accountId}`)).status, 200);

  const strong = await lab.identities.serviceId();
  await lab.give(strong.iamId, 'Writer', REGISTRY);
  const group = await lab.group('strong');
  await lab.give(group, 'Writer', REGISTRY);
  const key = { name: 'k', account_id: lab.accountId, iam_id: strong.iamId };
  const members = { members: [{ iam_id: user.iamId }] };
  const policy = v2Policy(user.iamId, 'Writer', lab.accountId);
  const value = await lab.owner.send('POST', '/api/v1/tokens?write=true', undefined, account);
  assert.equal(value.status, 200);
  const listed = await lab.owner.send('GET', '/api/v1/tokens', undefined, account);
  const [{ _id: token }] = listed.body.tokens;
  assert.equal((await caller.post('/v2/policies', policy)).status, 403);
  assert.equal((await caller.post('/v1/apikeys', key)).status, 403);
  assert.equal((await caller.put(`/v2/groups/${group}/members`, members)).status, 404);
  const tokens = '/api/v1/tokens?permanent=true&write=true';
  assert.equal((await caller.send('POST', tokens, undefined, account)).status, 403);
  assert.equal((await caller.send('GET', `/api/v1/tokens/${token}`, undefined, account)).status, 403);
});

test('P2: an identity is invited, enabled or unlocked only by a caller who could give it what it holds', async () => {
  await using lab = await Lab.open();
  const inviter = await lab.administrator(USERS);
  const keeper = await lab.administrator(IDENTITY);
  const strong = await lab.identities.user();
  await lab.give(strong.iamId, 'Writer', REGISTRY);
  const path = `/v2/accounts/${lab.accountId}/users/${strong.iamId}`;
  assert.equal((await inviter.caller.patch(path, { state: 'DISABLED' })).status, 204);
  assert.equal((await inviter.caller.patch(path, { state: 'ACTIVE' })).status, 404);
  assert.equal((await keeper.caller.patch(path, { state: 'ACTIVE' })).status, 404);
  assert.equal((await lab.owner.patch(path, { state: 'ACTIVE' })).status, 204);
  const users = `/v2/accounts/${lab.accountId}/users`;
  const invited = { users: [{ email: 'ada@example.com' }] };
  const [ada] = (await lab.owner.post(users, invited)).body.resources;
  await lab.give(ada.id, 'Writer', REGISTRY);
  // a second invitation would be a second way to become who the first is for
  assert.equal((await inviter.caller.post(users, invited)).status, 403);
  const [resource] = v1Policy('x', 'Writer', lab.accountId).resources;
  const roles = [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Writer' }];
  const more = { users: [{ email: 'c@example.com' }], iam_policy: [{ roles, resources: [resource] }] };
  assert.equal((await inviter.caller.post(users, more)).status, 403);
  const withPolicies = { users: [{ email: 'b@example.com' }], iam_policy: [v2Policy('x', 'Writer', 'x')] };
  assert.equal((await inviter.caller.post(users, withPolicies)).status, 400);
});

test('an Administrator of one region, by any of its names, makes tokens there; of another, or of a namespace, none', async () => {
  const regions = [
    { name: 'us-south', oldName: 'US South', aliases: ['ng'], hosts: [] },
    { name: 'eu-de', aliases: [], hosts: ['de.example'] },
  ];
  await using registry = await TestRegistry.start({
    regions: { default: 'us-south', anyHost: true, regions },
  });
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const account = { Account: registry.accountId };
  const make = async (on: Readonly<Record<string, string>>): Promise<number> => {
    const user = await identities.user();
    const policy = v2Policy(user.iamId, 'Administrator', registry.accountId, on);
    assert.equal((await owner.post('/v2/policies', policy)).status, 201);
    const caller = await Caller.login(registry, user.apikey);
    return (await caller.send('POST', '/api/v1/tokens', undefined, account)).status;
  };
  assert.equal(await make(REGISTRY), 200);
  for (const region of ['us-south', 'ng']) assert.equal(await make({ ...REGISTRY, region }), 200, region);
  assert.equal(await make({ ...REGISTRY, region: 'eu-de' }), 403);
  assert.equal(await make(onNamespace('birds')), 403);
  // and hands on no more than that region, in the name it was given
  const user = await identities.user();
  const here = { ...REGISTRY, region: 'ng' };
  const give = (on: Readonly<Record<string, string>>) =>
    v2Policy(user.iamId, 'Administrator', registry.accountId, on);
  assert.equal((await owner.post('/v2/policies', give(here))).status, 201);
  const caller = await Caller.login(registry, user.apikey);
  for (const on of [REGISTRY, { ...REGISTRY, region: 'eu-de' }, { ...REGISTRY, region: 'n*' }])
    assert.equal((await caller.post('/v2/policies', give(on))).status, 403, JSON.stringify(on));
});
