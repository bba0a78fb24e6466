import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic, TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { Caller } from './caller.ts';
import { Identities } from './identities.ts';
import { onNamespace, storedPolicy, v2Policy } from './policy-documents.ts';

const days = (count: number) => ({
  rule: {
    key: '{{environment.attributes.day_of_week}}',
    operator: 'dayOfWeekAnyOf',
    value: Array.from({ length: count }, (_, index) => `${(index % 7) + 1}+00:00`),
  },
  pattern: 'time-based-conditions:weekly:all-day',
});

test('policies stored before there were bounds are served; one that a decision does not read grants nothing, and the operator is told', async () => {
  await using registry = await TestRegistry.start();
  const { accountId } = registry;
  for (const namespace of ['birds', 'bees', 'cats5']) await registry.namespaceAdd(namespace);
  const owner = await Caller.login(registry);
  const ci = await new Identities(registry).serviceId();
  const policy = (namespace: string, more: object) =>
    v2Policy(ci.iamId, 'Reader', accountId, onNamespace(namespace), more);
  const large = storedPolicy(accountId, ci.iamId, policy('birds', days(22_000)));
  const old = storedPolicy(accountId, ci.iamId, policy('bees', days(50)));
  const db = openRows(registry.database);
  await db.insertInto('policies').values([large, old]).execute();
  await db.destroy();

  const shown = await owner.get(`/v2/policies/${large.id}`);
  assert.equal(shown.status, 200);
  assert.equal(shown.body.rule.value.length, 22_000);
  const listed = await owner.get(`/v2/policies?account_id=${accountId}&iam_id=${ci.iamId}`);
  assert.equal(listed.body.policies.length, 2);

  const names = await registry.api('GET', '/api/v1/namespaces', undefined, ci.apikey);
  assert.deepEqual(
    await names.json(),
    ['bees'],
    'fifty days are more than are accepted now, and are few enough',
  );
  const self = await Caller.login(registry, ci.apikey);
  const question = { iam_id: ci.iamId, type: 'serviceid', action: 'pull', resource: { namespace: 'birds' } };
  const { body: explained } = await self.post('/v1/explain', question);
  assert.equal(explained.allowed, false);
  const verdicts = Object.fromEntries(
    explained.policies.map((each: { policy_id: string; verdict: string }) => [each.policy_id, each.verdict]),
  );
  assert.equal(verdicts[large.id], 'too large');

  const { status, body } = await owner.get('/api/v1/oversized-policies');
  assert.equal(status, 200);
  const bytes = Buffer.byteLength(large.document);
  assert.deepEqual(body.policies, [
    { id: large.id, account_id: accountId, subject: ci.iamId, state: 'active', bytes },
  ]);
  assert.ok(registry.logged.some((line) => line.includes(large.id) && line.includes('oversized-policies')));
  assert.equal((await self.get('/api/v1/oversized-policies')).status, 403);

  assert.equal((await owner.delete(`/v2/policies/${large.id}`)).status, 204);
});

test('deleting what a decision does not read needs Administrator over the whole account', async () => {
  await using registry = await TestRegistry.start();
  const { accountId } = registry;
  const owner = await Caller.login(registry);
  const identities = new Identities(registry);
  const [narrow, ci] = [await identities.user(), await identities.serviceId()];
  const right = v2Policy(narrow.iamId, 'Administrator', accountId, onNamespace('birds'));
  assert.equal((await owner.post('/v2/policies', right)).status, 201);
  const unreadable = { ...v2Policy(ci.iamId, 'Reader', accountId, onNamespace('birds')), unheard: 1 };
  const row = storedPolicy(accountId, ci.iamId, unreadable);
  const db = openRows(registry.database);
  await db.insertInto('policies').values(row).execute();
  await db.destroy();
  const caller = await Caller.login(registry, narrow.apikey);
  assert.equal((await caller.delete(`/v2/policies/${row.id}`)).status, 404);
  assert.equal((await owner.delete(`/v2/policies/${row.id}`)).status, 204);
});

test('catalog: repositories that patterns open are listed page by page; what is not open is named nowhere', async () => {
  await using registry = await TestRegistry.start();
  const { accountId } = registry;
  await registry.namespaceAdd('birds');
  const owner = await Caller.login(registry);
  const ci = await new Identities(registry).serviceId();
  const manifest = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] };
  const push = async (name: string): Promise<void> => {
    const { status } = await registry.v2('PUT', `${name}/manifests/1`, {
      headers: { 'Content-Type': manifest.mediaType },
      body: JSON.stringify(manifest),
    });
    assert.equal(status, 201);
  };
  const names = ['a', 'a-x', 'a/b', 'b-dev', 'c', 'c-dev', 'd0', 'd1', 'e'].map((name) => `birds/${name}`);
  for (const name of names) await push(name);
  for (const [operator, value] of [
    ['stringEquals', 'birds/a'],
    ['stringMatch', '*-dev'],
    ['stringMatch', 'birds/d?'],
    ['stringMatch', 'birds/d1*'],
    ['stringEquals', 'birds/none'],
  ] as const) {
    const policy = v2Policy(ci.iamId, 'Reader', accountId, { serviceName: 'container-registry' });
    policy.resource.attributes.push({ key: 'repository', operator, value });
    assert.equal((await owner.post('/v2/policies', policy)).status, 201);
  }
  const headers = { Authorization: basic('iamapikey', ci.apikey) };
  for (const n of [1, 2, 3, 10]) {
    const seen: string[] = [];
    for (let path: string | undefined = `/v2/_catalog?n=${n}`; path !== undefined; ) {
      const response = await registry.fetch(path, { headers });
      const page = (await response.json()) as { repositories: string[] };
      assert.ok(page.repositories.length <= n);
      seen.push(...page.repositories);
      const link = response.headers.get('link');
      path = link === null ? undefined : /<([^>]*)>/.exec(link)?.[1];
      if (link !== null) assert.ok(link.includes(encodeURIComponent(seen.at(-1) ?? '?')), link);
    }
    assert.deepEqual(seen, ['birds/a', 'birds/b-dev', 'birds/c-dev', 'birds/d0', 'birds/d1'], `n=${n}`);
  }
});
