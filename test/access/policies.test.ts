import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { openRows } from '../support/rows.ts';
import { Caller } from './caller.ts';
import { Identities } from './identities.ts';
import { crn, onNamespace, storedPolicy, v1Policy, v2Policy } from './policy-documents.ts';

test('POST /v1/policies answers 201 with subjects and resources word for word, and an ETag', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { iamId } = await identities.serviceId();
  const sent = {
    ...v1Policy(iamId, 'Reader', registry.accountId, onNamespace('birds')),
    description: 'pulls',
  };
  const made = await owner.post('/v1/policies', sent);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(made.body.subjects, sent.subjects);
  assert.deepEqual(made.body.resources, sent.resources);
  assert.equal(made.body.description, 'pulls');
  assert.equal(made.body.state, 'active');
  assert.equal(made.body.created_by_id, registry.ownerIamId);
  assert.match(made.body.id, /^[0-9a-f-]{36}$/);
  assert.equal(made.body.href, `${registry.url}/v1/policies/${made.body.id}`);
  assert.equal(made.body.roles[0].display_name, 'Reader');
  assert.match(made.headers.get('etag') ?? '', /^1-[0-9a-f]{32}$/);
  const read = await owner.get(`/v1/policies/${made.body.id}`);
  assert.deepEqual(read.body, made.body);
  assert.equal(read.headers.get('etag'), made.headers.get('etag'));
});

test('POST /v2/policies keeps subject, resource, control, rule and pattern word for word', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const sent = v2Policy(
    (await identities.user()).iamId,
    ['Reader', 'Writer'],
    registry.accountId,
    undefined,
    {
      rule: {
        key: '{{environment.attributes.day_of_week}}',
        operator: 'dayOfWeekAnyOf',
        value: ['1+00:00', '2+00:00'],
      },
      pattern: 'time-based-conditions:weekly:all-day',
    },
  );
  const { status, body } = await owner.post('/v2/policies', sent);
  assert.equal(status, 201, JSON.stringify(body));
  for (const part of ['subject', 'resource', 'control', 'rule', 'pattern'] as const) {
    assert.deepEqual(body[part], (sent as Record<string, unknown>)[part], part);
  }
  const shown = await owner.get(`/v2/policies/${body.id}?format=display`);
  assert.equal(shown.body.control.grant.roles[1].display_name, 'Writer');
  assert.ok(
    shown.body.control.grant.roles[1].actions.some(
      ({ id }: { id: string }) => id === 'container-registry.image.push',
    ),
  );
});

test('each version shows the policies of the other: v1 in the words of v2, v2 as a placeholder', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { iamId } = await identities.serviceId();
  const one = await owner.post('/v1/policies', v1Policy(iamId, 'Reader', registry.accountId));
  const two = await owner.post('/v2/policies', v2Policy(iamId, 'Writer', registry.accountId));
  const asTwo = await owner.get(`/v2/policies/${one.body.id}`);
  assert.deepEqual(asTwo.body.subject.attributes, [
    { key: 'iam_id', operator: 'stringEquals', value: iamId },
  ]);
  assert.deepEqual(asTwo.body.control, { grant: { roles: [{ role_id: crn('Reader') }] } });
  const asOne = await owner.get(`/v1/policies/${two.body.id}`);
  assert.equal(asOne.body.href, `${registry.url}/v2/policies/${two.body.id}`);
  assert.match(asOne.body.roles[0].role_id, /UnsupportedVersion$/);
  const etag = two.headers.get('etag') ?? '';
  const put = await owner.put(
    `/v1/policies/${two.body.id}`,
    v1Policy(iamId, 'Manager', registry.accountId),
    etag,
  );
  assert.equal(put.status, 400);
  assert.match(put.body.errors[0].message, /PUT \/v2\/policies/);
  const upgraded = await owner.put(
    `/v2/policies/${one.body.id}`,
    v2Policy(iamId, 'Reader', registry.accountId),
    '*',
  );
  assert.equal(upgraded.status, 200);
  assert.equal(upgraded.body.href, `${registry.url}/v2/policies/${one.body.id}`);
});

test('a policy of version 1 keeps the tags of its subject and its resource, and with tags grants nothing', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const names = async (apikey: string): Promise<unknown> =>
    (await registry.api('GET', '/api/v1/namespaces', undefined, apikey)).json();
  const tag = { name: 'project', operator: 'stringEquals', value: 'prototype' };
  for (const [subjectTags, resourceTags, seen] of [
    [[], [], ['birds']],
    [[tag], [], []],
    [[], [tag], []],
  ]) {
    const ci = await identities.serviceId();
    const plain = v1Policy(ci.iamId, 'Reader', registry.accountId);
    const sent = {
      ...plain,
      subjects: [{ ...plain.subjects[0], tags: subjectTags }],
      resources: [{ ...plain.resources[0], tags: resourceTags }],
    };
    const made = await owner.post('/v1/policies', sent);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.deepEqual(made.body.subjects, sent.subjects);
    assert.deepEqual(made.body.resources, sent.resources);
    assert.deepEqual(await names(ci.apikey), seen);
    const asTwo = await owner.get(`/v2/policies/${made.body.id}`);
    const shown = [...(asTwo.body.subject.tags ?? []), ...(asTwo.body.resource.tags ?? [])];
    assert.equal(shown.length, [...(subjectTags ?? []), ...(resourceTags ?? [])].length);
    if (shown.length === 0) continue;
    const again = await owner.post('/v1/policies', plain);
    assert.equal(again.status, 201, 'one without tags is another policy');
    assert.equal((await owner.post('/v1/policies', sent)).status, 409);
  }
});

test('PUT wants If-Match: none is 400, an old one 412, the right one 200 with a new ETag', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { iamId } = await identities.serviceId();
  const made = await owner.post('/v1/policies', v1Policy(iamId, 'Reader', registry.accountId));
  const path = `/v1/policies/${made.body.id}`;
  const next = v1Policy(iamId, 'Writer', registry.accountId);
  assert.equal((await owner.put(path, next)).status, 400);
  assert.equal((await owner.put(path, next, '1-0')).status, 412);
  const etag = made.headers.get('etag') ?? '';
  const put = await owner.put(path, next, etag);
  assert.equal(put.status, 200, JSON.stringify(put.body));
  assert.match(put.headers.get('etag') ?? '', /^2-/);
  assert.equal(put.body.roles[0].display_name, 'Writer');
  assert.equal((await owner.put(path, next, etag)).status, 412);
});

test('a deleted policy is kept as deleted, left out of lists, and brought back by PATCH or PUT', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { iamId } = await identities.serviceId();
  const one = await owner.post('/v1/policies', v1Policy(iamId, 'Reader', registry.accountId));
  const two = await owner.post('/v2/policies', v2Policy(iamId, 'Writer', registry.accountId));
  const list = (query = ''): Promise<string[]> =>
    owner
      .get(`/v2/policies?account_id=${registry.accountId}${query}`)
      .then(({ body }) => body.policies.map(({ id }: { id: string }) => id).sort());
  assert.equal((await owner.delete(`/v1/policies/${one.body.id}`)).status, 204);
  assert.equal((await owner.delete(`/v2/policies/${two.body.id}`)).status, 204);
  assert.equal((await owner.delete(`/v1/policies/${one.body.id}`)).status, 404);
  assert.deepEqual(await list(), []);
  assert.deepEqual(await list('&state=deleted'), [one.body.id, two.body.id].sort());
  const gone = await owner.get(`/v1/policies/${one.body.id}`);
  assert.equal(gone.body.state, 'deleted');
  const back = await owner.patch(
    `/v1/policies/${one.body.id}`,
    { state: 'active' },
    gone.headers.get('etag') ?? '',
  );
  assert.equal(back.status, 200, JSON.stringify(back.body));
  assert.equal(back.body.state, 'active');
  const put = await owner.put(
    `/v2/policies/${two.body.id}`,
    { ...v2Policy(iamId, 'Writer', registry.accountId), state: 'active' },
    '*',
  );
  assert.equal(put.body.state, 'active');
  assert.deepEqual(await list(), [one.body.id, two.body.id].sort());
});

test('a policy that repeats another is 409 with the other in details.conflicts_with', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { iamId } = await identities.serviceId();
  const made = await owner.post('/v1/policies', v1Policy(iamId, 'Reader', registry.accountId));
  const again = await owner.post('/v2/policies', v2Policy(iamId, ['Writer', 'Reader'], registry.accountId));
  assert.equal(again.status, 409);
  assert.equal(again.body.errors[0].code, 'policy_conflict_error');
  const { conflicts_with: other } = again.body.errors[0].details;
  assert.equal(other.etag, made.headers.get('etag'));
  assert.equal(other.policy.id, made.body.id);
  assert.equal(other.policy.control.grant.roles[0].role_id, crn('Reader'));
  const otherRole = await owner.post('/v2/policies', v2Policy(iamId, 'Writer', registry.accountId));
  assert.equal(otherRole.status, 201);
  const elsewhere = v2Policy(iamId, 'Reader', registry.accountId, onNamespace('birds'));
  assert.equal((await owner.post('/v2/policies', elsewhere)).status, 201);
});

test('what cannot be a policy is refused with what to do instead', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const { iamId } = await identities.serviceId();
  const locked = await identities.serviceId(accountId, true);
  const policy = (attributes: Record<string, string>, role: string = 'Reader', subject = iamId) =>
    v2Policy(subject, role, accountId, attributes);
  const registryPolicy = policy({ serviceName: 'container-registry' });
  const rule = (more: object) => ({ ...registryPolicy, ...more });
  const refused: [object, number, string, RegExp][] = [
    [policy({ serviceName: 'container-registry', colour: 'red' }), 400, 'invalid_body', /repository, tag/],
    [policy({ serviceName: 'container-registry', serviceInstance: 'x' }), 400, 'invalid_body', /stay empty/],
    [policy({ serviceName: 'container-registrie' }), 400, 'invalid_body', /container-registry/],
    [policy({ region: 'local' }), 400, 'invalid_body', /serviceType/],
    [policy({ serviceType: 'things' }), 400, 'invalid_body', /platform_service/],
    [policy({ serviceName: 'container-registry' }, 'Viewer'), 400, 'invalid_body', /Reader, Writer, Manager/],
    [policy({ serviceName: 'iam-identity' }, 'Writer'), 400, 'invalid_body', /Viewer/],
    [policy({ serviceName: 'container-registry' }, 'Pope'), 404, 'role_not_found', /GET \/v2\/roles/],
    [policy({ serviceName: 'tidegate' }, 'Viewer'), 400, 'invalid_body', /Administrator/],
    [
      policy({ serviceName: 'container-registry' }, 'Reader', 'iam-ServiceId-1'),
      400,
      'invalid_body',
      /not an IAM id/,
    ],
    [
      policy({ serviceName: 'container-registry' }, 'Reader', 'AccessGroupId-1'),
      400,
      'invalid_body',
      /group/,
    ],
    [
      policy({ serviceName: 'container-registry' }, 'Writer', 'AccessGroupId-PublicAccess'),
      400,
      'invalid_body',
      /Reader only/,
    ],
    [
      policy({ serviceName: 'container-registry' }, 'Reader', locked.iamId),
      409,
      'request_not_processed',
      /unlock/,
    ],
    [rule({ type: 'authorization' }), 400, 'invalid_body', /authorization.*not supported/],
    [rule({ rule: { colour: 'red' } }), 400, 'invalid_body', /pattern/],
    [rule({ narrower: true }), 400, 'invalid_body', /no narrower/],
    [
      rule({
        resource: { ...registryPolicy.resource, tags: [{ key: 'a', operator: 'stringEquals', value: 'b' }] },
      }),
      400,
      'invalid_body',
      /tags/,
    ],
  ];
  for (const [document, status, code, message] of refused) {
    const answer = await owner.post('/v2/policies', document);
    const seen = JSON.stringify(answer.body);
    assert.equal(answer.status, status, seen);
    assert.equal(answer.body.errors[0].code, code, seen);
    assert.match(answer.body.errors[0].message, message);
    assert.equal(answer.body.status_code, status);
  }
});

test('lists: account_id is required, filters, order and pages hold', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  const owner = await Caller.login(registry);
  const [one, two] = [await identities.serviceId(), await identities.serviceId()];
  for (const namespace of ['a-ns1', 'b-ns2', 'c-ns3']) {
    await owner.post(
      '/v2/policies',
      v2Policy(one.iamId, 'Reader', registry.accountId, onNamespace(namespace)),
    );
  }
  await owner.post(
    '/v1/policies',
    v1Policy(two.iamId, 'Viewer', registry.accountId, { serviceType: 'platform_service' }),
  );
  const path = `/v1/policies?account_id=${registry.accountId}`;
  assert.equal((await owner.get('/v1/policies')).body.errors[0].code, 'missing_required_query_parameter');
  assert.equal((await owner.get(path)).body.policies.length, 4);
  assert.equal((await owner.get(`${path}&iam_id=${one.iamId}`)).body.policies.length, 3);
  assert.equal((await owner.get(`${path}&service_type=platform_service`)).body.policies.length, 1);
  assert.equal((await owner.get(`${path}&type=authorization`)).body.policies.length, 0);
  assert.equal((await owner.get(`${path}&sort=colour`)).status, 400);
  const seen: string[] = [];
  let next: string | undefined = `${path}&limit=2&sort=-id`;
  while (next !== undefined) {
    const { body } = await owner.get(next);
    seen.push(...body.policies.map(({ id }: { id: string }) => id));
    next = body.next?.href;
  }
  assert.equal(seen.length, 4);
  assert.deepEqual(seen, seen.toSorted().reverse());
});

test('lists are the same page by page in any order, and an answer is cut where its policies are large', async () => {
  await using registry = await TestRegistry.start();
  const owner = await Caller.login(registry);
  const { accountId } = registry;
  const { iamId } = await new Identities(registry).serviceId();
  const rows = Array.from({ length: 130 }, (_, index) => ({
    ...storedPolicy(accountId, iamId, v2Policy(iamId, 'Reader', accountId, onNamespace(`ns-${index}`))),
    created_at: index % 7,
  }));
  const db = openRows(registry.database);
  for (const row of rows) await db.insertInto('policies').values(row).execute();
  const listed = async (query: string): Promise<{ ids: string[]; pages: number }> => {
    const ids: string[] = [];
    let pages = 0;
    for (let next: string | undefined = `/v2/policies?account_id=${accountId}${query}`; next; pages++) {
      const { body } = await owner.get(next);
      ids.push(...body.policies.map(({ id }: { id: string }) => id));
      next = body.next?.href;
    }
    return { ids, pages };
  };
  const byId = rows.map(({ id }) => id).sort();
  assert.deepEqual(await listed(''), { ids: byId, pages: 1 });
  assert.deepEqual(await listed('&limit=50'), { ids: byId, pages: 3 });
  assert.deepEqual(await listed('&sort=-id&limit=60'), { ids: byId.toReversed(), pages: 3 });
  const byTime = rows
    .toSorted((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
  assert.deepEqual(await listed('&sort=created_at'), { ids: byTime, pages: 1 });
  assert.deepEqual(await listed('&sort=created_at&limit=30'), { ids: byTime, pages: 5 });
  const large = { ...v2Policy(iamId, 'Reader', accountId), description: 'd'.repeat(1 << 20) };
  const largeRows = Array.from({ length: 9 }, () => storedPolicy(accountId, iamId, large));
  for (const row of largeRows) await db.insertInto('policies').values(row).execute();
  await db.destroy();
  for (const query of ['', '&sort=created_at', '&sort=-id']) {
    const { ids, pages } = await listed(query);
    assert.equal(ids.length, 139, query);
    assert.equal(new Set(ids).size, 139, query);
    assert.ok(pages >= 3, `${pages} pages for nine megabytes`);
  }
});
