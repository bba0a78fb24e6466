import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { Caller } from './caller.ts';
import { type Holder, Identities } from './identities.ts';
import { onNamespace, v1Policy, v2Policy } from './policy-documents.ts';

/** A namespace with one image in it. */
const withImage = async (registry: TestRegistry, namespace: string): Promise<void> => {
  await registry.namespaceAdd(namespace);
  const manifest = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] };
  const response = await registry.v2('PUT', `${namespace}/image/manifests/1`, {
    headers: { 'Content-Type': manifest.mediaType },
    body: JSON.stringify(manifest),
  });
  assert.equal(response.status, 201, await response.text());
};

/** Pulls with one docker bearer, made before any of it changes. */
const puller = async (registry: TestRegistry, { apikey }: Holder, repository = 'birds/image') => {
  const token = await registry.bearer(`repository:${repository}:pull,push`, 'iamapikey', apikey);
  return async (): Promise<number> => {
    const response = await registry.fetch(`/v2/${repository}/manifests/1`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    return response.status;
  };
};

test('a policy counts from the next request on and no longer once deleted, with the same bearer', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  await withImage(registry, 'birds');
  await withImage(registry, 'bees');
  const owner = await Caller.login(registry);
  const holder = await identities.serviceId();
  const pull = await puller(registry, holder);
  const pullBees = await puller(registry, holder, 'bees/image');
  assert.equal(await pull(), 401);
  const made = await owner.post(
    '/v2/policies',
    v2Policy(holder.iamId, 'Reader', registry.accountId, onNamespace('birds')),
  );
  assert.equal(await pull(), 200);
  assert.equal(await pullBees(), 401);
  await owner.put(
    `/v2/policies/${made.body.id}`,
    v2Policy(holder.iamId, 'Reader', registry.accountId, onNamespace('bees')),
    '*',
  );
  assert.equal(await pull(), 401);
  assert.equal(await pullBees(), 200);
  await owner.delete(`/v2/policies/${made.body.id}`);
  assert.equal(await pullBees(), 401);
});

test('a policy replaced to name another subject ends for the first and begins for the other', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  await withImage(registry, 'birds');
  const owner = await Caller.login(registry);
  const [one, two] = [await identities.serviceId(), await identities.serviceId()];
  const [pullOne, pullTwo] = [await puller(registry, one), await puller(registry, two)];
  const made = await owner.post('/v1/policies', v1Policy(one.iamId, 'Reader', registry.accountId));
  assert.deepEqual([await pullOne(), await pullTwo()], [200, 401]);
  const etag = made.headers.get('etag') ?? '';
  await owner.put(`/v1/policies/${made.body.id}`, v1Policy(two.iamId, 'Reader', registry.accountId), etag);
  assert.deepEqual([await pullOne(), await pullTwo()], [401, 200]);
});

test("a group's policy is its members', until they leave or it is deleted", async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  await withImage(registry, 'birds');
  const owner = await Caller.login(registry);
  const holder = await identities.serviceId();
  const pull = await puller(registry, holder);
  const { body: group } = await owner.post(`/v2/groups?account_id=${registry.accountId}`, { name: 'ci' });
  const members = `/v2/groups/${group.id}/members`;
  await owner.put(members, { members: [{ iam_id: holder.iamId }] });
  assert.equal(await pull(), 401);
  const policy = await owner.post('/v2/policies', v2Policy(group.id, 'Reader', registry.accountId));
  assert.equal(await pull(), 200);
  await owner.delete(`${members}/${holder.iamId}`);
  assert.equal(await pull(), 401);
  await owner.put(members, { members: [{ iam_id: holder.iamId }] });
  assert.equal(await pull(), 200);
  await owner.delete(`/v2/policies/${policy.body.id}`);
  assert.equal(await pull(), 401);
});

test('Public Access lets clients without a login pull, as long as it is switched on', async () => {
  await using registry = await TestRegistry.start();
  await withImage(registry, 'birds');
  const owner = await Caller.login(registry);
  const pull = async (): Promise<number> => {
    const asked = await registry.fetch('/oauth/token?service=registry&scope=repository:birds/image:pull');
    if (asked.status !== 200) return asked.status;
    const { token } = (await asked.json()) as { token: string };
    const response = await registry.fetch('/v2/birds/image/manifests/1', {
      headers: { Authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    return response.status;
  };
  assert.equal(await pull(), 401);
  const everyone = 'AccessGroupId-PublicAccess';
  const policy = await owner.post(
    '/v2/policies',
    v2Policy(everyone, 'Reader', registry.accountId, onNamespace('birds')),
  );
  assert.equal(policy.status, 201, JSON.stringify(policy.body));
  assert.equal(await pull(), 200);
  const settings = `/v2/groups/settings?account_id=${registry.accountId}`;
  const off = await owner.patch(settings, { public_access_enabled: false });
  assert.equal(off.body.public_access_enabled, false);
  assert.equal(await pull(), 401);
  await owner.patch(settings, { public_access_enabled: true });
  assert.equal(await pull(), 200);
  await owner.delete(`/v2/policies/${policy.body.id}`);
  assert.equal(await pull(), 401);
});

test('a time condition opens and closes by the clock', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  await withImage(registry, 'birds');
  const owner = await Caller.login(registry);
  const holder = await identities.serviceId();
  const soon = new Date(registry.clock.now() + 2 * HOUR).toISOString().slice(0, 19);
  const later = new Date(registry.clock.now() + 4 * HOUR).toISOString().slice(0, 19);
  const key = '{{environment.attributes.current_date_time}}';
  const made = await owner.post(
    '/v2/policies',
    v2Policy(holder.iamId, 'Reader', registry.accountId, undefined, {
      pattern: 'time-based-conditions:once',
      rule: {
        operator: 'and',
        conditions: [
          { key, operator: 'dateTimeGreaterThanOrEquals', value: `${soon}+00:00` },
          { key, operator: 'dateTimeLessThan', value: `${later}+00:00` },
        ],
      },
    }),
  );
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const seen: number[] = [];
  for (let hour = 0; hour < 3; hour++) {
    const response = await registry.fetch('/v2/birds/image/manifests/1', {
      headers: { Authorization: basic('iamapikey', holder.apikey) },
    });
    await response.arrayBuffer();
    seen.push(response.status);
    registry.clock.advance(2 * HOUR);
  }
  assert.deepEqual(seen, [401, 200, 401]);
});

test('Administrator over all a policy is on makes, sees and deletes it; over less, nothing', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const [admin, other] = [await identities.user(), await identities.serviceId()];
  const registryOnly = { serviceName: 'container-registry' };
  await owner.post('/v2/policies', v2Policy(admin.iamId, 'Administrator', accountId, registryOnly));
  const caller = await Caller.login(registry, admin.apikey);
  const narrow = v2Policy(other.iamId, 'Reader', accountId, onNamespace('birds'));
  const made = await caller.post('/v2/policies', narrow);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal((await caller.get(`/v2/policies/${made.body.id}`)).status, 200);
  const wider = v2Policy(other.iamId, 'Reader', accountId, { serviceType: 'service' });
  const refused = await caller.post('/v2/policies', wider);
  assert.equal(refused.status, 403);
  assert.equal(refused.body.errors[0].code, 'insufficent_permissions');
  assert.match(refused.body.errors[0].message, /Administrator over all of accountId=/);
  assert.equal((await caller.put(`/v2/policies/${made.body.id}`, wider, '*')).status, 404);
  const foreign = await owner.post('/v2/policies', wider);
  assert.equal((await caller.get(`/v2/policies/${foreign.body.id}`)).status, 404);
  assert.equal((await caller.put(`/v2/policies/${foreign.body.id}`, narrow, '*')).status, 404);
  assert.equal((await caller.delete(`/v2/policies/${foreign.body.id}`)).status, 404);
  const listed = await caller.get(`/v2/policies?account_id=${accountId}`);
  assert.equal(listed.body.policies.length, 2, 'its own and the one it made');
  assert.equal((await caller.delete(`/v2/policies/${made.body.id}`)).status, 204);
});

test('an Editor of everything cannot create policies; a Viewer reads all; others read their own', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const [editor, plain] = [await identities.user(), await identities.user()];
  await owner.post(
    '/v2/policies',
    v2Policy(editor.iamId, 'Editor', accountId, { serviceType: 'platform_service' }),
  );
  const own = await owner.post('/v2/policies', v2Policy(plain.iamId, 'Reader', accountId));
  const asEditor = await Caller.login(registry, editor.apikey);
  for (const attributes of [{ serviceName: 'container-registry' }, { serviceType: 'platform_service' }]) {
    const role = 'serviceName' in attributes ? 'Reader' : 'Viewer';
    const answer = await asEditor.post('/v2/policies', v2Policy(editor.iamId, role, accountId, attributes));
    assert.equal(answer.status, 403);
  }
  assert.equal((await asEditor.get(`/v2/policies/${own.body.id}`)).status, 200);
  assert.equal((await asEditor.get(`/v1/policies?account_id=${accountId}`)).body.policies.length, 2);
  const asPlain = await Caller.login(registry, plain.apikey);
  const mine = (await asPlain.get(`/v2/policies?account_id=${accountId}`)).body.policies;
  assert.deepEqual(
    mine.map(({ id }: { id: string }) => id),
    [own.body.id],
  );
  assert.equal((await asPlain.get(`/v2/policies/${own.body.id}`)).status, 200);
  assert.equal((await asPlain.delete(`/v2/policies/${own.body.id}`)).status, 404);
});

test("a stranger's request for a policy of another account is 404, like one for none; creating there is 403", async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const { iamId } = await identities.serviceId();
  const { body: policy } = await owner.post('/v1/policies', v1Policy(iamId, 'Reader', accountId));
  const stranger = await identities.stranger();
  const foreign = await Caller.login(registry, stranger.apikey);
  const ask = async (id: string) => {
    const answers: unknown[] = [];
    const requests: [string, string, object?][] = [
      ['GET', `/v1/policies/${id}`],
      ['PUT', `/v1/policies/${id}`, v1Policy(iamId, 'Writer', accountId)],
      ['PATCH', `/v1/policies/${id}`, { state: 'active' }],
      ['DELETE', `/v1/policies/${id}`],
      ['GET', `/v2/policies/${id}`],
      ['PUT', `/v2/policies/${id}`, v2Policy(iamId, 'Writer', stranger.accountId)],
      ['DELETE', `/v2/policies/${id}`],
    ];
    for (const [method, path, body] of requests) {
      const answer = await foreign.send(method, path, body, { 'If-Match': '*' });
      assert.equal(answer.status, 404, `${method} ${path}`);
      answers.push([method, answer.status, answer.body.errors]);
    }
    return answers;
  };
  assert.deepEqual(await ask(policy.id), await ask('00000000-0000-4000-8000-000000000000'));
  assert.equal((await foreign.post('/v2/policies', v2Policy(iamId, 'Reader', accountId))).status, 403);
  const elsewhere = v2Policy(iamId, 'Reader', stranger.accountId);
  assert.equal(
    (await foreign.post('/v2/policies', elsewhere)).status,
    201,
    'the subject is not of its account, and gets nothing there',
  );
  assert.equal((await foreign.get(`/v1/policies?account_id=${accountId}`)).status, 403);
  const operators = v2Policy(stranger.iamId, 'Administrator', stranger.accountId, {
    serviceName: 'tidegate',
  });
  const refused = await foreign.post('/v2/policies', operators);
  assert.match(refused.body.errors[0].message, /first account only/);
});

test('who removes a namespace is told which policies name it, if they may list policies', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const manager = await identities.serviceId();
  await owner.post('/v2/policies', v2Policy(manager.iamId, 'Manager', accountId));
  const named = await owner.post(
    '/v2/policies',
    v2Policy(manager.iamId, 'Reader', accountId, onNamespace('birds')),
  );
  const remove = async (apikey: string): Promise<string | null> => {
    await registry.namespaceAdd('birds');
    const response = await registry.api('DELETE', '/api/v1/namespaces/birds', undefined, apikey);
    assert.equal(response.status, 204);
    return response.headers.get('x-policies-naming');
  };
  assert.equal(await remove(registry.apikey), named.body.id);
  assert.equal(await remove(manager.apikey), null);
  await owner.delete(`/v2/policies/${named.body.id}`);
  assert.equal(await remove(registry.apikey), null);
});
