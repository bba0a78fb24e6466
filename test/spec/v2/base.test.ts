import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../src/oci/digest.ts';
import { basic } from '../../support/registry.ts';
import { answered, assertHeaders, bytesOf, headerOf, refused } from '../answers.ts';
import { absentDigest, newBytes } from '../content.ts';
import { newAccount, newRegistryToken } from '../principals.ts';
import { RawConnection } from '../raw-connection.ts';
import { stage, TestRepository } from '../repository.ts';

const on = stage();

const challenge = (extra = ''): string =>
  `Bearer realm="${on.registry.url}/oauth/token",service="registry"${extra}`;

test('end-1: a caller who is signed in gets 200 and {}, with or without the slash, by Basic or by a bearer without scope', async () => {
  const token = await on.registry.bearer([]);
  for (const path of ['/v2/', '/v2', '/v2/?x=1']) {
    for (const Authorization of [basic('iamapikey', on.registry.apikey), `Bearer ${token}`]) {
      const response = await answered(await on.registry.fetch(path, { headers: { Authorization } }), 200);
      assertHeaders(response, {
        'content-type': 'application/json',
        'content-length': '2',
        'docker-distribution-api-version': 'registry/2.0',
      });
      assert.equal(await response.text(), '{}');
    }
  }
});

test('end-1: HEAD has the headers of GET and no body', async () => {
  const response = await answered(await on.registry.v2('HEAD', ''), 200);
  assertHeaders(response, { 'content-type': 'application/json', 'content-length': '2' });
  assert.equal(await response.text(), '');
});

test('end-1: without credentials the answer is 401 and one challenge without a scope', async () => {
  for (const path of ['/v2/', '/v2']) {
    const response = await on.registry.fetch(path);
    assertHeaders(response, {
      'www-authenticate': challenge(),
      'docker-distribution-api-version': 'registry/2.0',
    });
    await refused(response, 401, 'UNAUTHORIZED');
  }
});

test('challenge: a 401 to HEAD has the challenge and no body', async () => {
  const response = await on.registry.fetch('/v2/birds/a/manifests/1', { method: 'HEAD' });
  assert.equal(response.status, 401);
  assertHeaders(response, {
    'www-authenticate': challenge(',scope="repository:birds/a:pull"'),
    'content-length': '0',
  });
});

test('challenge: every request is challenged with the scope it needs', async () => {
  const digest = absentDigest();
  for (const [method, path, scope] of [
    ['GET', `blobs/${digest}`, 'pull'],
    ['GET', 'manifests/1', 'pull'],
    ['GET', 'tags/list', 'pull'],
    ['GET', `referrers/${digest}`, 'pull'],
    ['POST', 'blobs/uploads/', 'pull,push'],
    ['GET', 'blobs/uploads/x', 'pull,push'],
    ['PATCH', 'blobs/uploads/x', 'pull,push'],
    ['PUT', `blobs/uploads/x?digest=${digest}`, 'pull,push'],
    ['DELETE', 'blobs/uploads/x', 'pull,push'],
    ['PUT', 'manifests/1', 'pull,push'],
    ['DELETE', 'manifests/1', 'pull,delete'],
    ['DELETE', `blobs/${digest}`, 'pull,delete'],
  ] as const) {
    const response = await on.registry.fetch(`/v2/birds/a/${path}`, { method });
    assertHeaders(response, { 'www-authenticate': challenge(`,scope="repository:birds/a:${scope}"`) });
    await refused(response, 401, 'UNAUTHORIZED');
  }
  const catalog = await on.registry.fetch('/v2/_catalog');
  assertHeaders(catalog, { 'www-authenticate': challenge(',scope="registry:catalog:*"') });
});

test('challenge: a bearer that was not asked for this is 401 with error="insufficient_scope", never 403', async () => {
  const repository = on.repository();
  const response = await repository.as('pull', 'POST', 'blobs/uploads/');
  const said = headerOf(response, 'www-authenticate');
  const { message } = await refused(response, 401, 'UNAUTHORIZED');
  assert.match(message, /namespace-add birds/);
  const scope = `,scope="repository:${repository.name}:pull,push"`;
  assert.equal(said, challenge(`${scope},error="insufficient_scope",error_description="${message}"`));
});

test('challenge: so is one of a registry token, and one that was issued to an anonymous caller', async () => {
  const scope = 'repository:birds/a:pull';
  const token = await on.registry.bearer(scope, 'token', await newRegistryToken(on.registry));
  const anonymous = (await (await on.registry.fetch(`/oauth/token?scope=${scope}`)).json()) as {
    token: string;
  };
  for (const [bearer, method, path] of [
    [token, 'POST', 'blobs/uploads/'],
    [token, 'GET', '../b/tags/list'],
    [anonymous.token, 'GET', 'tags/list'],
  ] as const) {
    const headers = { Authorization: `Bearer ${bearer}` };
    const response = await on.registry.fetch(`/v2/birds/a/${path}`, { method, headers });
    assert.match(
      headerOf(response, 'www-authenticate'),
      /,error="insufficient_scope",error_description="[^"\\]+"$/,
    );
    await refused(response, 401, 'UNAUTHORIZED');
  }
});

test('challenge: a bearer that is not valid is 401 with error="invalid_token", at /v2/ too', async () => {
  for (const path of ['/v2/', '/v2/birds/a/tags/list']) {
    const response = await on.registry.fetch(path, { headers: { Authorization: 'Bearer x.y.z' } });
    assert.match(headerOf(response, 'www-authenticate'), /,error="invalid_token"$/);
    await refused(response, 401, 'UNAUTHORIZED');
  }
});

test('end-1: a wrong password, another scheme and a malformed header are 401', async () => {
  for (const Authorization of [
    basic('iamapikey', 'wrong'),
    'Basic',
    'Basic !!!',
    'Basic bm8gY29sb24=',
    'Bearer',
    'Bearer ',
    'Digest username="x"',
    'x',
  ]) {
    const response = await on.registry.fetch('/v2/', { headers: { Authorization } });
    assert.ok(response.headers.has('www-authenticate'), Authorization);
    await refused(response, 401, 'UNAUTHORIZED');
  }
});

test('P4: a namespace that is not there and one of another account are refused the same, to strangers and to users', async () => {
  const ask = async (name: string, headers: Record<string, string>, method = 'GET') => {
    const path = method === 'GET' ? 'tags/list' : 'blobs/uploads/';
    const response = await on.registry.fetch(`/v2/${name}/a/${path}`, { method, headers });
    const isPush = method === 'POST' && headers.Authorization?.startsWith('Bearer');
    const { message, detail } = await (isPush
      ? refused(response, 403, 'DENIED')
      : refused(response, 401, 'UNAUTHORIZED'));
    const { 'request-id': _id, ...rest } = detail;
    const told = { message, rest, challenge: response.headers.get('www-authenticate') };
    return JSON.stringify(told).replaceAll(name, 'NAME');
  };
  await newAccount(on.registry, 'foreign');
  const owner = { Authorization: basic('iamapikey', on.registry.apikey) };
  const scope = ['absent', 'foreign'].map((name) => `repository:${name}/a:pull,push`);
  const bearer = { Authorization: `Bearer ${await on.registry.bearer(scope)}` };
  for (const headers of [{}, owner, bearer]) {
    assert.equal(await ask('foreign', headers), await ask('absent', headers));
    assert.equal(await ask('foreign', headers, 'POST'), await ask('absent', headers, 'POST'));
  }
});

test('P4: every endpoint of another account’s repository is the same 401 as one of a repository that is not there', async () => {
  const namespace = 'tenants';
  const Authorization = await newAccount(on.registry, namespace);
  const foreign = new TestRepository(on.registry, `${namespace}/a`);
  const bytes = newBytes();
  const digest = digestOf(bytes);
  const headers = { Authorization };
  const push = { headers, body: bytes };
  await answered(await foreign.request('POST', `blobs/uploads/?digest=${digest}`, push), 201);
  const begun = await answered(await foreign.request('POST', 'blobs/uploads/', { headers }), 202);
  for (const [method, path] of [
    ['GET', `blobs/${digest}`],
    ['HEAD', `blobs/${digest}`],
    ['DELETE', `blobs/${digest}`],
    ['GET', 'manifests/1'],
    ['PUT', 'manifests/1'],
    ['DELETE', 'manifests/1'],
    ['GET', 'tags/list'],
    ['GET', `referrers/${digest}`],
    ['POST', 'blobs/uploads/'],
    ['POST', `blobs/uploads/?mount=${digest}&from=${foreign.name}`],
    ['GET', `blobs/uploads/${begun.headers.get('docker-upload-uuid')}`],
    ['PATCH', `blobs/uploads/${begun.headers.get('docker-upload-uuid')}`],
    ['PUT', `blobs/uploads/${begun.headers.get('docker-upload-uuid')}?digest=${digest}`],
    ['DELETE', `blobs/uploads/${begun.headers.get('docker-upload-uuid')}`],
  ] as const) {
    const told = async (name: string): Promise<string> => {
      const response = await new TestRepository(on.registry, `${name}/a`).request(method, path);
      assert.equal(response.status, 401, `${method} ${path}`);
      const id = headerOf(response, 'x-request-id');
      const all = `${headerOf(response, 'www-authenticate')} ${await response.text()}`;
      return all.replaceAll(id, 'ID').replaceAll(name, 'NAME');
    };
    assert.equal(await told(namespace), await told('absent'), `${method} ${path}`);
  }
});

test('a namespace must exist before a push, and the refusal says how to add it', async () => {
  const { message } = await refused(
    await new TestRepository(on.registry, 'absent/a').request('POST', 'blobs/uploads/'),
    401,
    'UNAUTHORIZED',
  );
  assert.match(message, /cr namespace-add absent/);
});

test('a repository that does not exist yet is 404 to a caller who may create it, not 401', async () => {
  const repository = on.repository();
  await refused(await repository.as('pull', 'GET', 'manifests/1'), 404, 'NAME_UNKNOWN');
  await refused(await repository.as('pull', 'GET', 'tags/list'), 404, 'NAME_UNKNOWN');
  await refused(await repository.as('pull', 'GET', `blobs/${absentDigest()}`), 404, 'BLOB_UNKNOWN');
});

test('a method no endpoint has is 405 UNSUPPORTED, and Allow says which it has', async () => {
  for (const [method, path, allowed] of [
    ['POST', '', 'GET, HEAD'],
    ['DELETE', '', 'GET, HEAD'],
    ['POST', 'birds/a/tags/list', 'GET, HEAD'],
    ['PUT', 'birds/a/blobs/uploads/', 'POST'],
    ['HEAD', 'birds/a/blobs/uploads/x', 'PATCH, PUT, GET, DELETE'],
    ['POST', 'birds/a/manifests/1', 'GET, HEAD, PUT, DELETE'],
    ['PATCH', `birds/a/blobs/${absentDigest()}`, 'GET, HEAD, DELETE'],
    ['DELETE', `birds/a/referrers/${absentDigest()}`, 'GET, HEAD'],
    ['PUT', '_catalog', 'GET, HEAD'],
    ['OPTIONS', 'birds/a/manifests/1', 'GET, HEAD, PUT, DELETE'],
  ] as const) {
    const response = await on.registry.v2(method, path);
    assertHeaders(response, { allow: allowed });
    if (method === 'HEAD') await answered(response, 405);
    else await refused(response, 405, 'UNSUPPORTED');
  }
});

test('RFC 9110 9.3.2: HEAD has the headers of GET wherever there is a GET of a list, and no body', async () => {
  const repository = on.repository();
  await repository.pushImage('1');
  for (const path of [
    `${repository.name}/tags/list?n=1`,
    `${repository.name}/referrers/${absentDigest()}`,
    '_catalog',
  ]) {
    const [get, head] = [await on.registry.v2('GET', path), await on.registry.v2('HEAD', path)];
    await answered(head, 200);
    for (const name of ['content-type', 'content-length'])
      assert.equal(head.headers.get(name), get.headers.get(name), path);
    assert.equal(await head.text(), '');
  }
});

test('a path no endpoint has is 404, and 401 to a stranger', async () => {
  for (const path of ['/v2/x', '/v2/birds/a', '/v2/birds/a/blobs', '/v2/_catalog/x', '/v2//', '/v2/%']) {
    await refused(await on.registry.fetch(path), 401, 'UNAUTHORIZED');
    await refused(await on.registry.v2('GET', path.slice('/v2/'.length)), 404, 'NAME_UNKNOWN');
  }
});

test('a path that only begins like /v2 is not read as one below /v2/', async () => {
  const repository = on.repository();
  await repository.pushImage('1');
  for (const path of [
    `/v2x${repository.name}/tags/list`,
    `/v2/../v2x${repository.name}/tags/list`,
    '/v22/',
    '/v2x',
  ]) {
    const response = await repository.request('GET', path);
    assert.equal(response.status, 404, `${path}: ${await response.text()}`);
  }
});

test('a name that breaks the grammar is 400 NAME_INVALID, whatever it tries to reach', async () => {
  await using connection = await RawConnection.open(on.registry.url);
  const Authorization = basic('iamapikey', on.registry.apikey);
  for (const name of [
    'birds/../birds/a',
    'birds/%2e%2e/a',
    'birds/..%2f..%2fetc',
    'birds//a',
    '/birds/a',
    'birds/a/',
    'Birds/a',
    'birds/a%00b',
    'birds/a%20b',
    'birds/a\\b',
    'birds/-a',
    'birds/a..b',
    'birds/%C3%A4',
    `birds/${'a'.repeat(260)}`,
  ]) {
    const { status, body } = await connection.request('GET', `/v2/${name}/tags/list`, { Authorization });
    assert.equal(status, 400, name);
    assert.equal(JSON.parse(body.toString()).errors[0].code, 'NAME_INVALID', name);
  }
});

test('a name that breaks the grammar does not come back in a challenge', async () => {
  await using connection = await RawConnection.open(on.registry.url);
  const names = [
    '%00',
    'a%0d%0aX:%20y',
    'a%22b',
    '%F0%9F%90%A6',
    '%7F',
    '%C3%BF',
    'A',
    'a b'.replace(' ', '%20'),
  ];
  for (const name of names) {
    const target = `/v2/${name}/tags/list`;
    const { status, headers } = await connection.request('GET', target, { Authorization: 'Bearer x' });
    assert.equal(status, 401, name);
    assert.equal(headers.get('www-authenticate'), challenge(',error="invalid_token"'), name);
  }
});

test('a path is read from the right: names may have components named blobs, manifests, tags and uploads', async () => {
  for (const part of ['blobs', 'manifests/tags', 'blobs/uploads', 'tags/list', 'referrers/manifests/x']) {
    const repository = new TestRepository(on.registry, `${on.repository().name}/${part}`);
    const { bytes, layers } = await repository.pushImage('1');
    assert.deepEqual(await repository.tags(), ['1']);
    assert.deepEqual(await bytesOf(await repository.request('GET', 'manifests/1')), bytes);
    assert.equal(await repository.statusOf(`blobs/${layers[0]?.digest}`), 200);
  }
});

test('a path is percent-decoded once', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const digest = await repository.pushBlob(bytes);
  assert.equal(await repository.statusOf(`blobs/${digest.replace(':', '%3A')}`), 200);
  const slashed = `/v2/${repository.name.replace('/', '%2F')}/blobs/${digest}`;
  assert.equal((await repository.request('HEAD', slashed)).status, 200);
  await refused(
    await repository.request('GET', `blobs/${digest.replace(':', '%253A')}`),
    400,
    'DIGEST_INVALID',
  );
});

test('nothing below /v2/ is content-encoded, whatever the client accepts', async () => {
  const repository = on.repository();
  const bytes = Buffer.alloc(100_000, 'a');
  const digest = await repository.pushBlob(bytes);
  await repository.pushImage('1');
  const headers = { 'Accept-Encoding': 'zstd;q=1.0, gzip;q=0.8, deflate', TE: 'gzip' };
  for (const path of [`blobs/${digest}`, 'manifests/1', 'tags/list', `referrers/${digestOf(bytes)}`]) {
    const response = await answered(await repository.request('GET', path, { headers }), 200);
    const body = await response.arrayBuffer();
    assertHeaders(response, { 'content-encoding': null, 'content-length': String(body.byteLength) });
  }
});

test('the ns parameter that mirrors send is ignored', async () => {
  const repository = on.repository();
  await repository.pushImage('1');
  await answered(await repository.request('GET', 'manifests/1?ns=docker.io'), 200);
});

test('every answer has a request id of its own', async () => {
  const ids = await Promise.all(
    Array.from({ length: 20 }, async () => headerOf(await on.registry.v2('GET', ''), 'x-request-id')),
  );
  assert.equal(new Set(ids).size, ids.length);
});
