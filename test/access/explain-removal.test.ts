import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LostUse } from '../../src/wire/explain.ts';
import { answered } from '../spec/answers.ts';
import { TestRepository } from '../spec/repository.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { type Answer, Caller } from './caller.ts';
import { type Holder, Identities } from './identities.ts';
import { onNamespace, v2Policy } from './policy-documents.ts';

const DAY = 86_400_000;
let registry: TestRegistry;
let identities: Identities;
let owner: Caller;
let repository: TestRepository;

before(async () => {
  registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  identities = new Identities(registry);
  owner = await Caller.login(registry);
  repository = new TestRepository(registry, 'birds/robin');
  await repository.pushImage('1');
});
after(() => registry[Symbol.asyncDispose]());

const ask = (kind: string, id: string, by = owner, more: object = {}): Promise<Answer> =>
  by.post('/v1/explain/removal', { kind, id, ...more });

const lost = async (kind: string, id: string): Promise<string[]> => {
  const { status, body } = await ask(kind, id);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.total, body.uses.length);
  return body.uses.map(
    ({ principal, action, repository: of }: LostUse) =>
      `${principal.split('/').at(-1)} ${action.split('.').at(-1)} ${of}`,
  );
};

const policyFor = async (subject: string, role: string): Promise<string> => {
  const made = await owner.post(
    '/v2/policies',
    v2Policy(subject, role, registry.accountId, onNamespace('birds')),
  );
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body.id;
};

const pull = async ({ apikey }: Holder): Promise<void> => {
  await answered(
    await repository.request('GET', 'manifests/1', {
      headers: { Authorization: basic('iamapikey', apikey) },
    }),
    200,
  );
  registry.clock.advance(60_000);
  await registry.runJob('record-pulls');
  await registry.runJob('record-activity');
};

const group = async (...members: Holder[]): Promise<string> => {
  const made = await owner.post(`/v2/groups?account_id=${registry.accountId}`, { name: `g${Math.random()}` });
  const { id } = made.body;
  for (const { iamId } of members)
    await owner.put(`/v2/groups/${id}/members`, { members: [{ iam_id: iamId, type: 'service' }] });
  return id;
};

test('the only policy that lets an identity pull: its pulls are named; one that allows nothing it used loses nothing', async () => {
  const holder = await identities.serviceId();
  const policy = await policyFor(holder.iamId, 'Reader');
  assert.deepEqual(await lost('policy', policy), []);
  await pull(holder);
  assert.deepEqual(await lost('policy', policy), [`${holder.iamId} pull birds/robin`]);
  const second = await policyFor(holder.iamId, 'Manager');
  assert.deepEqual(await lost('policy', policy), [], 'the other policy allows it still');
  assert.deepEqual(await lost('policy', second), []);
});

test('a group: what its members used and hold through it alone', async () => {
  const [inside, both] = [await identities.serviceId(), await identities.serviceId()];
  const id = await group(inside, both);
  await policyFor(id, 'Reader');
  await policyFor(both.iamId, 'Reader');
  await pull(inside);
  await pull(both);
  assert.deepEqual(await lost('access-group', id), [`${inside.iamId} pull birds/robin`]);
});

test('a service ID and its API key: what they pulled, and when, from where and with what they signed in', async () => {
  const holder = await identities.serviceId();
  await policyFor(holder.iamId, 'Reader');
  await pull(holder);
  const serviceId = holder.iamId.replace('iam-', '');
  const { body: keys } = await owner.get(
    `/v1/apikeys?account_id=${registry.accountId}&iam_id=${holder.iamId}`,
  );
  const key = keys.apikeys[0].id;
  for (const [kind, id] of [
    ['service-id', serviceId],
    ['api-key', key],
  ] as const) {
    assert.deepEqual(await lost(kind, id), [`${holder.iamId} pull birds/robin`]);
    const { body } = await ask(kind, id);
    assert.deepEqual(
      body.sign_ins.map((each: Record<string, unknown>) => [
        each.id,
        each.last_used_from,
        each.last_used_with,
      ]),
      [[key, '127.0.0.1', 'node']],
    );
    assert.deepEqual([body.uses[0].credential, body.uses[0].name, body.total_is_exact], [key, 'ci', true]);
  }
});

test('a namespace: all that was used of its repositories, and by whom', async () => {
  const holder = await identities.serviceId();
  await policyFor(holder.iamId, 'Reader');
  await pull(holder);
  await registry.runJob('record-repository-activity');
  const found = await lost('namespace', 'birds');
  assert.ok(found.includes(`${holder.iamId} pull birds/robin`), found.join('\n'));
  assert.ok(found.includes(`${registry.ownerIamId} push birds/robin`), found.join('\n'));
});

test('what was used more than 90 days ago is not missed', async () => {
  const holder = await identities.serviceId();
  const policy = await policyFor(holder.iamId, 'Reader');
  await pull(holder);
  registry.clock.advance(91 * DAY);
  owner = await Caller.login(registry);
  assert.deepEqual(await lost('policy', policy), []);
  const { body } = await ask('service-id', holder.iamId.replace('iam-', ''));
  assert.deepEqual([body.uses, body.sign_ins], [[], []]);
});

test('who may remove it may ask: not a tenant with Writer, not another account, no anonymous caller; what is not there is the same', async () => {
  const [writer, stranger] = [await identities.serviceId(), await identities.stranger()];
  const policy = await policyFor(writer.iamId, 'Writer');
  const id = await group(writer);
  const serviceId = writer.iamId.replace('iam-', '');
  const { body: keys } = await owner.get(
    `/v1/apikeys?account_id=${registry.accountId}&iam_id=${writer.iamId}`,
  );
  const things = [
    ['policy', policy],
    ['access-group', id],
    ['service-id', serviceId],
    ['api-key', keys.apikeys[0].id],
    ['user', registry.ownerIamId],
    ['namespace', 'birds'],
  ] as const;
  const tenant = await Caller.login(registry, writer.apikey);
  const other = await Caller.login(registry, stranger.apikey);
  for (const [kind, of] of things) {
    for (const [name, caller] of [
      ['tenant', tenant],
      ['stranger', other],
    ] as const) {
      // a service ID sees itself and its own key, and is told that it may not remove them
      const { status, body } = await ask(kind, of, caller);
      assert.ok([403, 404].includes(status), `${kind} by the ${name}: ${status} ${JSON.stringify(body)}`);
      assert.ok(!JSON.stringify(body).includes('birds/robin'));
    }
    assert.equal((await ask(kind, of, Caller.bearing(registry))).status, 401);
    const absent = await ask(kind, 'absent', other);
    const theirs = await ask(kind, of, other);
    assert.equal(theirs.status, absent.status, kind);
  }
  assert.equal((await ask('trust', 'absent', owner, { profile: 'Profile-absent' })).status, 404);
  assert.equal((await ask('registry', 'x')).status, 400);
});
