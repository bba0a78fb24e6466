import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { basic, TestRegistry } from '../support/registry.ts';

let registry: TestRegistry;
let owner: Caller;
let identities: Identities;

before(async () => {
  registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  identities = new Identities(registry);
  owner = await Caller.login(registry);
});

after(async () => {
  await registry[Symbol.asyncDispose]();
});

test('CVE-2023-2253: every parameter of every list that says how much is bounded', async () => {
  const account = `account_id=${registry.accountId}`;
  const lists = [
    `/v1/apikeys?${account}&pagesize=`,
    `/v1/serviceids?${account}&pagesize=`,
    `/v1/profiles?${account}&pagesize=`,
    `/v1/policies?${account}&limit=`,
    `/v2/policies?${account}&limit=`,
    `/v2/groups?${account}&limit=`,
    `/v2/accounts/${registry.accountId}/users?limit=`,
    '/api/v1/tokens?limit=',
  ];
  for (const list of lists) {
    for (const size of ['1000000000', '9007199254740993', '1e9', '-1', '0x7fffffff', 'NaN', '1.5']) {
      const { status } = await owner.send('GET', `${list}${size}`, undefined, {
        Account: registry.accountId,
      });
      assert.equal(status, 400, `${list}${size}`);
    }
  }
  for (const path of ['/v2/_catalog', '/v2/birds/a/tags/list']) {
    for (const n of ['1000000000', '9223372036854775807', '99999999999999999999']) {
      const { status } = await registry.v2('GET', `${path.slice('/v2/'.length)}?n=${n}`);
      assert.ok(status === 200 || status === 400 || status === 404, `${path} ${n}: ${status}`);
    }
  }
});

test('CVE-2025-30086: lists are filtered and sorted by what they show, never by what is kept secret', async () => {
  const account = `account_id=${registry.accountId}`;
  for (const field of [
    'secret_hash',
    'apikey',
    'hash',
    'password',
    'token_hash',
    'document',
    '1',
    'name;--',
  ]) {
    for (const list of [`/v1/apikeys?${account}&scope=account&`, `/v1/serviceids?${account}&`]) {
      for (const query of [`sort=${field}`, `filter=${encodeURIComponent(`${field} sw "a"`)}`]) {
        const { status } = await owner.get(`${list}${query}`);
        assert.equal(status, 400, `${list}${query}`);
      }
    }
    assert.equal((await owner.get(`/v2/groups?${account}&sort=${field}`)).status, 400, field);
    assert.equal((await owner.get(`/v2/policies?${account}&sort=${field}`)).status, 400, field);
  }
});

test('CVE-2019-16097: no field of a body makes its sender, or what it makes, more than the request is for', async () => {
  const member = await identities.user();
  const caller = await Caller.login(registry, member.apikey);
  const self = `/v2/accounts/${registry.accountId}/users/${member.iamId}`;
  const more = {
    account_role: 'OWNER',
    role: 'Administrator',
    owner_iam_id: member.iamId,
    iam_id: registry.ownerIamId,
    account_id: registry.accountId,
    is_admin: true,
    has_admin_role: true,
  };
  await caller.patch(self, { firstname: 'Ada', ...more });
  const key = await caller.post('/v1/apikeys', {
    name: 'k',
    ...more,
    iam_id: member.iamId,
    identity_kind: 'x',
  });
  assert.ok([201, 400].includes(key.status), JSON.stringify(key.body));
  const invited = await owner.post(`/v2/accounts/${registry.accountId}/users`, {
    users: [{ email: 'eve@example.com', account_role: 'Administrator' }],
    ...more,
  });
  assert.equal(invited.status, 202, JSON.stringify(invited.body));
  const [{ id, invitation_code: code }] = invited.body.resources;
  const body = { code, password: 'correct horse battery', state: 'ACTIVE', ...more };
  const accepted = await registry.fetch('/v1/invitations/accept', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok([200, 400].includes(accepted.status));
  for (const who of [member.iamId, id]) {
    const asked = { iam_id: who, type: 'user', action: 'image.pull', resource: { namespace: 'birds' } };
    const { body: answer } = await owner.post('/v1/explain', asked);
    assert.notEqual(answer.allowed, true, who);
  }
  assert.equal((await caller.get(`/v1/serviceids?account_id=${registry.accountId}`)).status, 403);
});

test('Harbor#23675: an identity is not taken for another one of the same name', async () => {
  const names = [
    'system:gc',
    'system',
    'scanner-trivy',
    'robot$admin',
    'anonymous',
    'owner',
    'iam-Profile-1',
  ];
  for (const name of names) {
    const body = { account_id: registry.accountId, name, apikey: { name: 'k' } };
    const made = await owner.post('/v1/serviceids', body);
    assert.equal(made.status, 201, name);
    const robot = await Caller.login(registry, made.body.apikey.apikey);
    assert.equal((await robot.get(`/v1/serviceids?account_id=${registry.accountId}`)).status, 403, name);
    assert.equal((await robot.get('/api/v1/gc')).status, 403, name);
    const { status } = await registry.fetch('/v2/birds/a/tags/list', {
      headers: { Authorization: basic('iamapikey', made.body.apikey.apikey) },
    });
    assert.equal(status, 401, name);
  }
});

test('CVE-2025-32019: hostile text is data: JSON that no browser sniffs, and a page that runs no script', async () => {
  const hostile = '"><img src=x onerror=alert(1)><script>alert(1)</script>';
  const body = { account_id: registry.accountId, name: hostile, description: hostile };
  const made = await owner.post('/v1/serviceids', body);
  assert.equal(made.status, 201);
  const answers = [
    await owner.get(`/v1/serviceids/${made.body.id}`),
    await owner.get(`/v1/serviceids?account_id=${registry.accountId}`),
    await owner.get(`/v1/serviceids/${encodeURIComponent(hostile)}`),
    await owner.get(`/nothing/${encodeURIComponent(hostile)}`),
  ];
  for (const { headers } of answers) {
    assert.match(headers.get('content-type') ?? '', /^application\/json/);
  }
  for (const { headers } of answers.slice(0, 3))
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  const page = await registry.fetch('/api/doc');
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.ok(!(await page.text()).includes('<script'));
});

test('CVE-2019-19025: a browser has nothing to be tricked with: no cookie is set or read, and no form is JSON', async () => {
  const { access_token: token } = await registry.login();
  const path = '/v1/serviceids';
  const text = JSON.stringify({ account_id: registry.accountId, name: 'forged' });
  for (const headers of [
    { Cookie: `token=${token}; Authorization=Bearer ${token}; access_token=${token}` },
    { 'X-Authorization': `Bearer ${token}` },
  ]) {
    const response = await registry.fetch(path, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: text,
    } as RequestInit);
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('set-cookie'), null);
  }
  const byQuery = await registry.fetch(`${path}?access_token=${token}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: text,
  });
  assert.equal(byQuery.status, 401);
  // what a form of another site can send, even where it came with who asks
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': type };
    const { status } = await registry.fetch(path, { method: 'POST', headers, body: text });
    assert.ok(status === 400 || status === 415, `${type}: ${status}`);
  }
  const preflight = await registry.fetch(path, {
    method: 'OPTIONS',
    headers: { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' },
  });
  assert.equal(preflight.headers.get('access-control-allow-origin'), null);
});
