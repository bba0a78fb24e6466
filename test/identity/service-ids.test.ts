import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiKeyList } from '../../src/wire/api-keys.ts';
import type { ServiceId, ServiceIdList } from '../../src/wire/service-ids.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { IamLab, wanted } from './iam-lab.ts';

const SERVICE_ID = /^ServiceId-[0-9a-f-]{36}$/;

test('B44: a service ID is made with a key in one call, and the key works everywhere a key does', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const made = await lab.as(lab.owner, 'POST', '/v1/serviceids/', {
    account_id: registry.accountId,
    name: 'ci-reader',
    description: 'pulls',
    unique_instance_crns: ['crn:a'],
    apikey: { name: 'k1', description: '', store_value: true },
  });
  assert.equal(made.headers.get('cache-control'), 'no-store');
  const tag = made.headers.get('etag');
  const service = await wanted<ServiceId>(made, 201);
  assert.match(service.id, SERVICE_ID);
  assert.equal(service.iam_id, `iam-${service.id}`);
  assert.equal(
    service.crn,
    `crn:v1:bluemix:public:iam-identity::a/${registry.accountId}::serviceid:${service.id}`,
  );
  assert.equal(service.entity_tag, tag);
  assert.match(service.entity_tag, /^1-[0-9a-f]{32}$/);
  assert.deepEqual(
    [service.name, service.description, service.locked, service.unique_instance_crns],
    ['ci-reader', 'pulls', false, ['crn:a']],
  );
  assert.match(service.context?.start_time ?? '', /^\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d:\d{3} UTC$/);
  const key = service.apikey;
  assert.equal(key?.iam_id, service.iam_id);
  assert.equal(key?.created_by, registry.ownerIamId);
  assert.equal(key?.apikey?.length, 44);

  await registry.namespaceAdd('birds');
  const { access_token: token } = await registry.login(key?.apikey);
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  assert.deepEqual([claims.iam_id, claims.sub_type, claims.name], [service.iam_id, 'ServiceId', 'ci-reader']);
  for (const [name, secret] of [
    ['iamapikey', key?.apikey ?? ''],
    ['iambearer', token],
  ] as const) {
    const bearer = await registry.bearer('repository:birds/a:pull', name, secret);
    const refused = await registry.fetch('/v2/birds/a/tags/list', {
      headers: { Authorization: `Bearer ${bearer}` },
    });
    assert.equal(refused.status, 401, 'it has no policy');
  }
  await lab.grant(service.iam_id, 'Reader', { serviceName: 'container-registry' });
  const bearer = await registry.bearer('repository:birds/a:pull', 'iamapikey', key?.apikey);
  const { status } = await registry.fetch('/v2/birds/a/tags/list', {
    headers: { Authorization: `Bearer ${bearer}` },
  });
  assert.equal(status, 404, 'now it may look, and there is nothing');
});

test('a service ID is read, changed by If-Match, and keeps what a change does not name', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const made = await lab.serviceId('ci', { description: 'old' });
  const path = `/v1/serviceids/${made.id}`;
  const read = await lab.as(lab.owner, 'GET', path);
  assert.equal(read.headers.get('etag'), made.entity_tag);
  assert.equal((await wanted<ServiceId>(read, 200)).description, 'old');

  const changed = await lab.want<ServiceId>(
    200,
    'PUT',
    path,
    { name: 'cd' },
    { 'If-Match': made.entity_tag },
  );
  assert.deepEqual([changed.name, changed.description], ['cd', 'old']);
  assert.match(changed.entity_tag, /^2-/);
  const stale = await lab.as(lab.owner, 'PUT', path, { name: 'x' }, { 'If-Match': made.entity_tag });
  assert.match(await (stale.status === 412 ? stale.text() : ''), /BXNIM0113E/);
  await lab.want(400, 'PUT', path, { name: 'x' });
  await lab.want(400, 'PUT', path, { name: '' }, { 'If-Match': '*' });
  const any = await lab.want<ServiceId>(200, 'PUT', path, { description: '' }, { 'If-Match': '*' });
  assert.deepEqual([any.name, any.description], ['cd', '']);
});

test('of two changes to one version one holds and the other is told', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { id, entity_tag: tag } = await lab.serviceId('ci');
  const change = (name: string): Promise<Response> =>
    lab.as(lab.owner, 'PUT', `/v1/serviceids/${id}`, { name }, { 'If-Match': tag });
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map(change));
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 412, 412, 412]);
});

test('a locked service ID authenticates, and cannot be changed or deleted until it is unlocked', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const body = { account_id: registry.accountId, name: 'ci', apikey: { name: 'k' } };
  const made = await lab.want<ServiceId>(201, 'POST', '/v1/serviceids', body, { 'Entity-Lock': 'true' });
  assert.equal(made.locked, true);
  const path = `/v1/serviceids/${made.id}`;
  await registry.login(made.apikey?.apikey);
  await lab.want(409, 'PUT', path, { name: 'x' }, { 'If-Match': '*' });
  await lab.want(409, 'DELETE', path);
  await lab.want(204, 'DELETE', `${path}/lock`);
  await lab.want(204, 'DELETE', `${path}/lock`);
  await lab.want(200, 'PUT', path, { name: 'x' }, { 'If-Match': '*' });
  await lab.want(204, 'POST', `${path}/lock`);
  assert.equal((await lab.want<ServiceId>(200, 'GET', path)).locked, true);
  await lab.want(204, 'DELETE', `${path}/lock`);
  const { id: keyId } = made.apikey ?? { id: '' };
  await lab.want(204, 'POST', `/v1/apikeys/${keyId}/lock`);
  await lab.want(409, 'DELETE', path);
  await lab.want(204, 'DELETE', `/v1/apikeys/${keyId}/lock`);
  await lab.want(204, 'DELETE', path);
  await lab.want(404, 'GET', path);
  await lab.want(404, 'DELETE', path);
  await lab.want(404, 'POST', `${path}/lock`);
});

test('P1: deleting a service ID fails the very next request with every token that came from it', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  await registry.namespaceAdd('birds');
  const { id, iamId, apikey } = await lab.someone('ci', 'Reader', { serviceName: 'container-registry' });
  const { access_token, refresh_token } = await registry.login(apikey, 'bx');
  const bearer = await registry.bearer('repository:birds/a:pull', 'iamapikey', apikey);
  const pull = async (): Promise<number> =>
    (await registry.fetch('/v2/birds/a/tags/list', { headers: { Authorization: `Bearer ${bearer}` } }))
      .status;
  assert.equal(await pull(), 404);
  await lab.want(204, 'DELETE', `/v1/serviceids/${id}`);
  assert.equal(await pull(), 401);
  for (const [name, secret] of [
    ['iamapikey', apikey],
    ['iambearer', access_token],
    ['iamrefresh', refresh_token],
  ] as const) {
    const { status } = await registry.fetch('/oauth/token', {
      headers: { Authorization: basic(name, secret) },
    });
    assert.equal(status, 401, name);
  }
  const policies = `/v2/policies?account_id=${registry.accountId}&iam_id=${iamId}`;
  assert.deepEqual((await lab.want<{ policies: object[] }>(200, 'GET', policies)).policies, []);
  const keys = `/v1/apikeys?iam_id=${iamId}`;
  assert.deepEqual((await lab.want<ApiKeyList>(200, 'GET', keys)).apikeys, []);
});

test('service IDs are listed page by page to the end, sorted, filtered, by name; names are not unique', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const names = ['wren', 'robin', 'robin', 'owl', 'finch', 'Robin'];
  for (const name of names) await lab.serviceId(name);
  const list = async (query: string): Promise<string[]> => {
    const found: string[] = [];
    let url: string | undefined = `/v1/serviceids?account_id=${registry.accountId}&${query}`;
    while (url) {
      const page: ServiceIdList = await lab.want(200, 'GET', url);
      assert.ok(page.first?.startsWith(`${registry.url}/v1/serviceids?`));
      found.push(...page.serviceids.map(({ name }) => name));
      url = page.next;
    }
    return found;
  };
  assert.deepEqual((await list('pagesize=2')).toSorted(), names.toSorted());
  assert.deepEqual(await list('pagesize=2&sort=name'), ['Robin', 'finch', 'owl', 'robin', 'robin', 'wren']);
  assert.deepEqual(await list('pagesize=1&sort=name&order=desc'), names.toSorted().toReversed());
  assert.equal((await list('pagesize=4&sort=created_at&order=desc')).length, 6);
  assert.deepEqual(await list('name=robin&pagesize=1'), ['robin', 'robin']);
  assert.deepEqual(await list(`filter=${encodeURIComponent('name co "i" and name sw "f"')}`), ['finch']);
  assert.deepEqual(await list(`filter=${encodeURIComponent('name ne "robin" and name co "obin"')}`), [
    'Robin',
  ]);
  for (const query of [
    'pagesize=0',
    'pagesize=101',
    'sort=secret_hash',
    'order=up',
    'pagetoken=x',
    'filter=name',
    'filter=account_id%20eq%20%22x%22',
  ])
    await lab.want(400, 'GET', `/v1/serviceids?account_id=${registry.accountId}&${query}`);
});

test("a service ID's history is what was done to it and by whom; its activity that of its keys", async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { id, apikey } = await lab.someone('ci');
  registry.clock.advance(60_000);
  await lab.want(204, 'POST', `/v1/serviceids/${id}/lock`);
  await registry.login(apikey);
  await registry.restart();
  const read = await lab.want<ServiceId>(
    200,
    'GET',
    `/v1/serviceids/${id}?include_history=true&include_activity=true`,
  );
  assert.deepEqual(
    read.history?.map(({ action, iam_id, iam_id_account }) => [action, iam_id, iam_id_account]),
    [
      ['iam-identity.serviceid.lock', registry.ownerIamId, registry.accountId],
      ['iam-identity.serviceid.create', registry.ownerIamId, registry.accountId],
    ],
  );
  assert.deepEqual(read.activity, { authn_count: 1, last_authn: '2026-01-15T12:01+0000' });
  const plain = await lab.want<ServiceId>(200, 'GET', `/v1/serviceids/${id}`);
  assert.deepEqual([plain.history, plain.activity], [undefined, undefined]);
});

test('P4: a service ID of another account is not there, whatever is asked of it', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { id, entity_tag: tag } = await lab.serviceId('ci');
  const stranger = await lab.stranger();
  const path = `/v1/serviceids/${id}`;
  const absent = '/v1/serviceids/ServiceId-00000000-0000-4000-8000-000000000000';
  for (const [method, suffix, body] of [
    ['GET', '', undefined],
    ['PUT', '', { name: 'mine' }],
    ['DELETE', '', undefined],
    ['POST', '/lock', undefined],
    ['DELETE', '/lock', undefined],
  ] as const) {
    const headers = { 'If-Match': tag };
    const [there, nowhere] = [
      await lab.as(stranger, method, path + suffix, body, headers),
      await lab.as(stranger, method, absent + suffix, body, headers),
    ];
    assert.equal(there.status, 404, method);
    const message = async (response: Response): Promise<string> =>
      ((await response.json()) as { errorMessage: string }).errorMessage;
    assert.equal(await message(there), await message(nowhere));
  }
  for (const [method, where] of [
    ['GET', `/v1/serviceids?account_id=${registry.accountId}`],
    ['POST', '/v1/serviceids'],
  ] as const) {
    const body = method === 'POST' ? { account_id: registry.accountId, name: 'x' } : undefined;
    assert.equal((await lab.as(stranger, method, where, body)).status, 403);
  }
  await lab.want(400, 'GET', '/v1/serviceids?account_id=invalid');
  await lab.want(400, 'POST', '/v1/serviceids', { account_id: 'invalid', name: 'x' });
  assert.equal((await registry.fetch(path)).status, 401);
});

test('who may do what to service IDs: Viewers read, Editors make and change, Administrators make keys and unlock', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const identity = { serviceName: 'iam-identity' };
  const viewer = await lab.someone('viewer', 'Viewer', identity);
  const editor = await lab.someone('editor', 'Editor', identity);
  const administrator = await lab.someone('administrator', 'Administrator', identity);
  const nobody = await lab.someone('nobody');
  const { id } = await lab.serviceId('ci');
  const path = `/v1/serviceids/${id}`;
  const body = { account_id: registry.accountId, name: 'n' };
  const rows: [string, string, object | undefined, number[]][] = [
    ['GET', path, undefined, [404, 200, 200, 200]],
    ['GET', '/v1/serviceids', undefined, [403, 200, 200, 200]],
    ['PUT', path, { name: 'x' }, [404, 403, 200, 200]],
    ['POST', `${path}/lock`, undefined, [404, 403, 204, 204]],
    ['DELETE', `${path}/lock`, undefined, [404, 403, 403, 204]],
    ['POST', '/v1/serviceids', body, [403, 403, 201, 201]],
    ['POST', '/v1/serviceids', { ...body, apikey: { name: 'k' } }, [403, 403, 403, 201]],
    ['DELETE', path, undefined, [404, 403, 204, 404]],
  ];
  for (const [method, where, sent, statuses] of rows) {
    for (const [index, who] of [nobody, viewer, editor, administrator].entries()) {
      const { status } = await lab.as(who, method, where, sent, { 'If-Match': '*' });
      assert.equal(status, statuses[index], `${method} ${where} ${index}`);
    }
  }
});
