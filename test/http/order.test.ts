import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Identities } from '../access/identities.ts';
import { type RawAnswer, RawConnection } from '../spec/raw-connection.ts';
import { TestRegistry } from '../support/registry.ts';

let registry: TestRegistry;
let identities: Identities;
before(async () => {
  registry = await TestRegistry.start();
  identities = new Identities(registry);
});
after(() => registry[Symbol.asyncDispose]());

/** A body of which not a byte is sent: an answer is one that needed none of it. */
const unsent = { 'Content-Type': 'application/json', 'Content-Length': 100_000 };

const answerTo = async (
  method: string,
  target: string,
  headers: Record<string, string | number>,
): Promise<RawAnswer> => {
  await using connection = await RawConnection.open(registry.url);
  connection.sendHead(method, target, headers);
  const answer = await connection.answer(method);
  return answer;
};

/** Every route that takes a body, with an id in each place that names something. */
const writing = (): { method: string; target: string; needs: unknown }[] =>
  registry.routes
    .filter(({ method }) => ['POST', 'PUT', 'PATCH'].includes(method))
    .map(({ method, path, needs }) => ({
      method,
      target: path.replaceAll(':account_id', registry.accountId).replaceAll(/:\w+/g, 'x'),
      needs,
    }));

test('without a credential, or with a wrong one, no route reads a byte of the body', async () => {
  const routes = writing().filter(({ needs }) => needs !== 'anyone');
  assert.ok(routes.length > 50);
  for (const { method, target } of routes) {
    for (const credential of [{}, { Authorization: 'Bearer x' }]) {
      const { status } = await answerTo(method, target, { ...unsent, ...credential });
      assert.equal(status, 401, `${method} ${target}`);
    }
  }
});

test('an address that no route serves is 404 before a byte of the body is read', async () => {
  for (const target of ['/v1/x', '/v2/policies/a/b', '/api/v1/x', '/identity/x', '/oauth/x', '/x'])
    assert.equal((await answerTo('POST', target, unsent)).status, 404, target);
});

test('where path, query or headers name the object, who may not is refused before a byte of the body is read', async () => {
  const { apikey } = await identities.serviceId();
  const { access_token: token } = await registry.login(apikey);
  const { accountId } = registry;
  const headers = { ...unsent, Authorization: `Bearer ${token}`, Account: accountId };
  const policy = await registry.api('POST', '/v2/policies', {
    type: 'access',
    subject: { attributes: [{ key: 'iam_id', operator: 'stringEquals', value: registry.ownerIamId }] },
    control: { grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Reader' }] } },
    resource: {
      attributes: [
        { key: 'accountId', operator: 'stringEquals', value: accountId },
        { key: 'serviceName', operator: 'stringEquals', value: 'container-registry' },
      ],
    },
  });
  const { id } = (await policy.json()) as { id: string };
  const { id: key } = await registry.createKey();
  for (const [method, target, status] of [
    ['PUT', `/v2/policies/${id}`, 404],
    ['PUT', `/v1/apikeys/${key}`, 404],
    ['POST', `/v2/groups?account_id=${accountId}`, 403],
    ['PATCH', '/api/v1/quotas', 403],
    ['PATCH', '/api/v1/auth', 403],
    ['PUT', `/v1/accounts/${accountId}/settings/identity`, 403],
    ['POST', `/v2/accounts/${accountId}/users`, 403],
    ['POST', '/api/v1/accounts', 403],
  ] as const)
    assert.equal((await answerTo(method, target, headers)).status, status, `${method} ${target}`);
});

test('where only the body names the object, it is read, and who may not is refused before anything is done', async () => {
  const stranger = await identities.stranger();
  const { accountId: account_id } = registry;
  for (const [path, body] of [
    ['/v1/serviceids', { account_id, name: 'x' }],
    ['/v1/profiles', { account_id, name: 'x' }],
    ['/v2/resource_groups', { account_id, name: 'x' }],
    ['/v1/apikeys', { account_id, iam_id: registry.ownerIamId, name: 'x' }],
  ] as const)
    assert.equal((await registry.api('POST', path, body, stranger.apikey)).status, 403, path);
});

test('a refused body is read and dropped up to 1 MiB, and the connection serves the next request', async () => {
  await using connection = await RawConnection.open(registry.url);
  const headers = { 'Content-Type': 'application/json' };
  for (let round = 0; round < 2; round += 1) {
    const body = Buffer.alloc(200_000, ' ');
    assert.equal((await connection.request('POST', '/v1/apikeys', headers, body)).status, 401);
  }
  connection.sendHead('POST', '/v1/apikeys', { ...headers, 'Content-Length': 100 << 20 });
  assert.equal((await connection.answer()).status, 401);
  const isTaken = await connection.sendAll(Buffer.alloc(64 << 20));
  assert.ok(!isTaken, 'the server went on reading');
  assert.ok(await connection.closed());
});

test('a body of which nothing comes after the refusal is waited for no longer than 5 s', async () => {
  await using refused = await RawConnection.open(registry.url);
  refused.sendHead('POST', '/v1/apikeys', unsent);
  assert.equal((await refused.answer()).status, 401);
  await using waiting = await RawConnection.open(registry.url);
  waiting.sendHead('POST', '/v1/apikeys', { ...unsent, Expect: '100-continue' });
  assert.equal((await waiting.answer()).status, 401);
  await using needless = await RawConnection.open(registry.url);
  needless.sendHead('GET', '/identity/keys', unsent);
  assert.equal((await needless.answer()).status, 200);
  await Promise.all([refused, waiting, needless].map((each) => each.closed()));
});

test('routes that verify a secret in the body themselves take small bodies only', async () => {
  for (const [target, type, bytes] of [
    ['/v1/invitations/accept', 'application/json', 16 << 10],
    ['/oauth/token', 'application/x-www-form-urlencoded', 32 << 10],
    ['/identity/token', 'application/x-www-form-urlencoded', 32 << 10],
  ] as const) {
    const headers = { 'Content-Type': type, 'Content-Length': bytes + 1 };
    assert.equal((await answerTo('POST', target, headers)).status, 413, target);
  }
});

test('path and query are held against their types before rights are decided on them, and never without a credential', async () => {
  const list = '/v1/apikeys?pagesize=many';
  assert.equal((await answerTo('GET', list, {})).status, 401);
  const refused = await registry.api('GET', list);
  assert.equal(refused.status, 400);
  const { errorMessage } = (await refused.json()) as { errorMessage: string };
  assert.match(errorMessage, /querystring\/pagesize must be integer/);
});
