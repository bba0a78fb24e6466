import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { errorCodes } from 'fastify';
import { ERRORS, type ErrorCode, RegistryError, rowOf } from '../../src/errors.ts';
import { translate } from '../../src/http/json-refusals.ts';
import { TestRegistry } from '../support/registry.ts';

let registry: TestRegistry;
before(async () => {
  registry = await TestRegistry.start();
});
after(() => registry[Symbol.asyncDispose]());

type Body = Record<string, unknown>;

/** How each family of addresses words a refusal: the fields of its envelope. */
const ENVELOPES = {
  iam: ['context', 'errorCode', 'errorMessage'],
  access: ['errors', 'status_code', 'trace'],
  registry: ['code', 'message', 'request-id'],
  oci: ['errors'],
  // IBM's, and RFC 6749's beside them
  token: ['context', 'error', 'errorCode', 'errorMessage', 'error_description'],
  // a line of docker's messages
  builds: ['code', 'error', 'errorDetail', 'message', 'request-id'],
} as const;

/** Routes whose refusals have more than those of their family. */
const OWN_WORDS: Readonly<Record<string, keyof typeof ENVELOPES>> = {
  '/api/v1/builds': 'builds',
  '/identity/token': 'token',
  '/identity/device_authorization': 'token',
};

const UNSERVED = [
  ['/v1/x', 'iam'],
  ['/v1/apikeys/a/b/c', 'iam'],
  ['/v1/policiesx', 'iam'],
  ['/identity/x', 'iam'],
  ['/v1/policies/a/b', 'access'],
  ['/v1/policy_nothing', 'access'],
  ['/v2/policies/a/b', 'access'],
  ['/v2/groups/a/b/c/d', 'access'],
  ['/v2/accounts/x', 'access'],
  ['/v2/resource_groups/a/b', 'access'],
  ['/api/v1/x', 'registry'],
  ['/va/api/v4/x', 'registry'],
  ['/api/v1/builds/x', 'builds'],
  ['/api/x', 'registry'],
  ['/x', 'registry'],
  ['/oauth/x', 'oci'],
] as const;

const assertEnvelope = async (
  response: Response,
  family: keyof typeof ENVELOPES,
  what: string,
): Promise<void> => {
  const text = await response.text();
  assert.deepEqual(Object.keys(JSON.parse(text) as Body).sort(), ENVELOPES[family], `${what}: ${text}`);
};

test('an address that no route serves is 404 in the words of its family, with a body, without one, and called JSON without one', async () => {
  for (const [path, family] of UNSERVED) {
    for (const init of [
      { method: 'GET' },
      { method: 'POST', headers: { 'Content-Type': 'application/json' } },
      { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a":1}' },
      { method: 'PUT', headers: { 'Content-Type': 'text/plain' }, body: 'a' },
      { method: 'DELETE', headers: { 'Content-Type': 'application/json' } },
      { method: 'PATCH', headers: { 'Content-Type': 'no type' }, body: 'a' },
    ]) {
      const response = await registry.fetch(path, init);
      const what = `${init.method} ${path}`;
      assert.equal(response.status, 404, what);
      assert.ok(response.headers.get('x-request-id'), what);
      await assertEnvelope(response, family, what);
    }
  }
});

test('a route refuses in the words of the family its address belongs to', async () => {
  for (const { method, path, door } of registry.routes) {
    // pages refuse in words for people
    if (door === 'docs' || door === 'ops' || door === 'pages' || method === 'HEAD') continue;
    const [url] = method.includes(',') ? [path.replace('*', 'x')] : [path.replaceAll(/:\w+/g, 'x')];
    const response = await registry.fetch(url ?? '', {
      method: method.includes(',') ? 'GET' : method,
      headers: { Authorization: 'Basic eA==' },
    });
    if (response.status < 400) continue;
    const family = {
      token: 'oci',
      iam: 'iam',
      access: 'access',
      users: 'access',
      v1: 'registry',
      audit: 'registry',
      console: 'registry',
    } as const;
    const words = OWN_WORDS[path] ?? family[door as keyof typeof family];
    await assertEnvelope(response, words, `${method} ${path}`);
  }
});

test('a part of a path longer than any name is 414 in the words of its family, on every route that has such a part', async () => {
  const long = 'x'.repeat(1001);
  const named = registry.routes.filter(({ path }) => path.includes(':'));
  assert.ok(named.length > 50);
  for (const { method, path } of named) {
    const response = await registry.api(method, path.replaceAll(/:\w+/g, long));
    assert.equal(response.status, 414, `${method} ${path}`);
    if (method === 'HEAD') continue;
    const code = Object.keys((await response.json()) as Body).sort()[0];
    assert.ok(['context', 'errors', 'code'].includes(code ?? ''), `${method} ${path}`);
  }
  assert.deepEqual(
    registry.logged.filter((line) => line.includes('"status":5')),
    [],
  );
});

test('every error of the framework that a request can bring about has a row in the table, of the same kind of status', () => {
  const made = Object.entries(errorCodes).map(([name, Made]) => {
    const error = new (Made as new (...details: string[]) => Error & { statusCode?: number })('a', 'b', 'c');
    return [name, error] as const;
  });
  const ours = made.filter(([, { statusCode = 500 }]) => statusCode !== 500);
  assert.ok(ours.length > 10);
  for (const [name, error] of ours) {
    const translated = translate(error);
    assert.ok(translated instanceof RegistryError, `${name} has no row`);
    const kind = (status: number): number => Math.floor(status / 100);
    assert.equal(kind(translated.status), kind(error.statusCode ?? 0), name);
    assert.doesNotMatch(translated.message, /fastify|FST_|content-type is set/i, name);
  }
});

test('every row of the table has a code for each family that can answer it', () => {
  for (const code of [
    'URI_TOO_LONG',
    'REQUEST_TIMEOUT',
    'BODY_BROKEN',
    'BODY_TOO_LARGE',
    'BAD_REQUEST',
  ] as const) {
    const { oci, v1, iam, access } = rowOf(code satisfies ErrorCode);
    assert.ok(oci && v1 && iam && access, code);
  }
  assert.ok(Object.values(ERRORS).every(({ status }) => status >= 400));
});

test('an empty query parameter is the same as none: it filters nothing out and orders nothing', async () => {
  await registry.namespaceAdd('birds');
  const { accountId } = registry;
  const account = `account_id=${accountId}`;
  const { id } = await registry.createKey();
  const read = async (path: string): Promise<unknown> => {
    const response = await registry.api('GET', path);
    assert.equal(response.status, 200, `${path} ${await response.clone().text()}`);
    // links repeat what was asked; a context and its times are each answer's own
    const {
      context: _context,
      first: _first,
      last: _last,
      first_url: _url,
      ...rest
    } = (await response.json()) as Body;
    return rest;
  };
  for (const [path, empty] of [
    ['/api/v1/images', 'namespace=&repository=&includeManifestLists=&vulnerabilities='],
    ['/api/v1/tokens', 'limit=&start='],
    [
      '/v1/apikeys',
      'account_id=&iam_id=&scope=&type=&pagesize=&pagetoken=&sort=&order=&filter=&include_history=',
    ],
    [`/v1/apikeys/${id}`, 'include_history=&include_activity='],
    ['/v1/serviceids', 'account_id=&name=&pagesize=&pagetoken=&sort=&order=&filter='],
    ['/v1/profiles', 'account_id=&name=&pagesize=&pagetoken='],
    ['/v1/sessions', 'iam_id='],
    [
      `/v1/policies?${account}`,
      'iam_id=&access_group_id=&type=&service_type=&service_name=&sort=&format=&state=&limit=&start=',
    ],
    [
      `/v2/policies?${account}`,
      'iam_id=&access_group_id=&type=&service_type=&service_name=&sort=&format=&state=&limit=&start=',
    ],
    [`/v2/roles?${account}`, 'service_name='],
    [`/v2/groups?${account}`, 'iam_id=&search=&sort=&limit=&offset=&hide_public_access='],
    ['/v2/resource_groups', 'account_id=&name=&default='],
    [`/v2/accounts/${accountId}/users`, 'limit=&_start='],
  ] as const)
    assert.deepEqual(
      await read(`${path}${path.includes('?') ? '&' : '?'}${empty}`),
      await read(path),
      `${path} with ${empty}`,
    );
});
