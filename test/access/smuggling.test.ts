import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { Caller } from './caller.ts';
import { type Holder, Identities } from './identities.ts';
import { onNamespace, v1Policy, v2Policy } from './policy-documents.ts';

let registry: TestRegistry;
let identities: Identities;
let author: Holder;
let caller: Caller;
let owner: Caller;

/** A registry, and an identity that is Administrator of the namespace birds and of nothing else. */
before(async () => {
  registry = await TestRegistry.start();
  identities = new Identities(registry);
  owner = await Caller.login(registry);
  author = await identities.user();
  const rights = v2Policy(author.iamId, 'Administrator', registry.accountId, onNamespace('birds'));
  assert.equal((await owner.post('/v2/policies', rights)).status, 201);
  caller = await Caller.login(registry, author.apikey);
});

after(async () => {
  await registry[Symbol.asyncDispose]();
});

/** Sends text as it is, as the author; answers the status. */
const send = async (text: string, version = 'v2'): Promise<number> => {
  const { access_token: token } = await registry.login(author.apikey);
  const response = await registry.fetch(`/${version}/policies`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: text,
  });
  return response.status;
};

/** The author's own policies give nothing outside birds. */
const assertNothingGained = async (): Promise<void> => {
  const policies = await owner.get(`/v2/policies?account_id=${registry.accountId}&iam_id=${author.iamId}`);
  for (const { resource } of policies.body.policies) {
    const names = resource.attributes.filter(({ key }: { key: string }) => key === 'resource');
    assert.deepEqual(
      names.map(({ value }: { value: string }) => value),
      ['birds'],
      JSON.stringify(resource),
    );
  }
};

const narrow = (): Record<string, unknown> =>
  v2Policy(author.iamId, 'Reader', registry.accountId, onNamespace('birds'));
const wide = (): Record<string, unknown> => v2Policy(author.iamId, 'Manager', registry.accountId);

test('an unknown field is refused wherever it stands in a policy: it might have narrowed it', async () => {
  const sent = narrow();
  const { subject, resource, control } = v2Policy(
    author.iamId,
    'Reader',
    registry.accountId,
    onNamespace('birds'),
  );
  const [first] = resource.attributes;
  for (const body of [
    { ...sent, condition: {} },
    { ...sent, subjects: [] },
    { ...sent, resources: [{ attributes: [] }] },
    { ...sent, roles: control.grant.roles },
    { ...sent, subject: { ...subject, also: [] } },
    { ...sent, resource: { ...resource, attributes: [...resource.attributes, { ...first, not: true }] } },
    { ...sent, resource: { ...resource, except: [] } },
    { ...sent, control: { ...control, deny: {} } },
    { ...sent, control: { grant: { ...control.grant, actions: ['*'] } } },
    { ...sent, pattern: 'time-based-conditions:once' },
  ])
    assert.equal(await send(JSON.stringify(body)), 400, JSON.stringify(body));
  const v1 = v1Policy(author.iamId, 'Reader', registry.accountId, onNamespace('birds'));
  const [resources] = v1.resources;
  for (const body of [
    { ...v1, resource: resources },
    { ...v1, resources: [resources, resources] },
    { ...v1, subjects: [...v1.subjects, ...v1.subjects] },
    { ...v1, rule: {} },
  ])
    assert.equal(await send(JSON.stringify(body), 'v1'), 400, JSON.stringify(body));
  await assertNothingGained();
});

test('a key that is twice in a JSON has the same value where it is decided and where it is stored', async () => {
  const [small, large] = [narrow(), wide()].map((policy) => JSON.stringify(policy.resource));
  const rest = JSON.stringify({ ...narrow(), resource: undefined }).slice(0, -1);
  assert.equal(await send(`${rest},"resource":${small},"resource":${large}}`), 403);
  await send(`${rest},"resource":${large},"resource":${small}}`);
  await assertNothingGained();
});

test('keys that mean something to the language are nothing to a policy', async () => {
  const text = JSON.stringify(narrow()).slice(0, -1);
  const large = JSON.stringify(wide());
  for (const key of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
    const value = key === 'constructor' ? `{"prototype":${large}}` : large;
    assert.equal(await send(`${text},"${key}":${value}}`), 400, key);
  }
  for (const key of ['__proto__', 'constructor', 'toString', 'valueOf']) {
    const body = v2Policy(author.iamId, 'Reader', registry.accountId, onNamespace('birds'));
    body.resource.attributes.push({ key, operator: 'stringEquals', value: 'x' });
    assert.equal(await send(JSON.stringify(body)), 400, key);
  }
  await assertNothingGained();
});

test('what a policy is read with says nothing when it is sent: no id, author, state or date is taken from a body', async () => {
  const subject = (await identities.serviceId()).iamId;
  const own = v2Policy(subject, 'Reader', registry.accountId, onNamespace('birds'));
  const made = await caller.post('/v2/policies', {
    ...own,
    id: 'chosen',
    created_by_id: registry.ownerIamId,
    created_at: '2000-01-01T00:00:00Z',
    href: 'http://elsewhere',
    state: 'active',
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.notEqual(made.body.id, 'chosen');
  assert.equal(made.body.created_by_id, author.iamId);
  assert.match(made.body.created_at, /^2026-/);
});

test('groups and roles of another account, or that do not exist, get no policy; IAM ids of others are like any', async () => {
  const stranger = await identities.stranger();
  const foreign = await Caller.login(registry, stranger.apikey);
  const group = await foreign.post(`/v2/groups?account_id=${stranger.accountId}`, { name: 'strangers' });
  const role = {
    name: 'Strange',
    display_name: 'Strange',
    account_id: stranger.accountId,
    service_name: 'container-registry',
    actions: ['container-registry.image.pull'],
  };
  const { crn } = (await foreign.post('/v2/roles', role)).body;
  const { accountId } = registry;
  const given = async (subject: string): Promise<number> =>
    (await caller.post('/v2/policies', v2Policy(subject, 'Reader', accountId, onNamespace('birds')))).status;
  for (const subject of [group.body.id, 'AccessGroupId-0', 'IBMid-']) assert.equal(await given(subject), 400);
  const { iamId: foreignId } = await identities.serviceId(stranger.accountId);
  for (const subject of [stranger.iamId, foreignId, 'IBMid-0'])
    assert.equal(await given(subject), 201, subject);
  for (const id of [crn, crn.replace(stranger.accountId, accountId)]) {
    const body = v2Policy(author.iamId, id, accountId, onNamespace('birds'));
    assert.equal((await caller.post('/v2/policies', body)).status, 404, id);
  }
  const there = v2Policy(author.iamId, 'Reader', stranger.accountId, onNamespace('birds'));
  assert.equal((await caller.post('/v2/policies', there)).status, 403);
  const here = v2Policy(stranger.iamId, 'Reader', stranger.accountId, onNamespace('birds'));
  assert.equal((await foreign.post('/v2/policies', here)).status, 201);
});
