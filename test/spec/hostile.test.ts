import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../src/oci/digest.ts';
import { newBytes, OCI_INDEX, OCI_MANIFEST } from './content.ts';
import { stage } from './repository.ts';
import { ask, assertWorks } from './sanity.ts';
import * as strange from './strange-requests.ts';
import { OWNER } from './strange-requests.ts';

const on = stage();

const asOwner = { Authorization: OWNER };

/** Sends every request that is made up; `ask` holds its answer against the rules. */
const survives = async (requests: fc.Arbitrary<strange.StrangeRequest>, numRuns: number): Promise<void> => {
  const property = fc.asyncProperty(requests, async (request) => void (await ask(on.registry, request)));
  await fc.assert(property, { numRuns });
  await assertWorks(on);
};

/** The made-up body with a made-up type, or none of either. */
const withType = ([headers, type]: [Record<string, string>, string | null]): Record<string, string> =>
  type === null ? headers : { ...headers, 'Content-Type': type };

test('no path, method, query, header or body below /v2/ makes the registry fail or tell', async () => {
  const headers = fc.tuple(strange.headers, fc.option(strange.contentType)).map(withType);
  const { method, registryTarget: target, body } = strange;
  await survives(fc.record({ method, target, headers, body }), 2000);
});

test('no method, query or header at any other address makes it fail or tell', async () => {
  const address = fc.constantFrom(
    '/oauth/token',
    '/identity/token',
    '/identity/keys',
    '/v1/apikeys',
    '/v1/apikeys/x',
    '/v1/apikeys/..',
    '/api/v1/namespaces',
    '/api/v1/namespaces/birds',
    '/api/v1/namespaces/%2e%2e',
    '/api/v1/images',
    '/api/v1/tokens',
    '/api/v1/tokens/%00',
    '/api/v1/auth',
    '/api/doc',
    '/healthz',
    '/metrics',
    '/',
    '//',
    '/v1/',
    '/v22/birds/a/tags/list',
    '//v2/birds/a/tags/list',
    '/..%2fv2/',
  );
  const target = fc.tuple(address, strange.query).map((parts) => parts.join(''));
  const method = strange.method.filter((each) => each !== 'HEAD');
  const body = fc.constant(new Uint8Array());
  await survives(fc.record({ method, target, headers: strange.headers, body }), 400);
});

test('no body, of whatever type, makes the doors that read one fail or tell', async () => {
  const route = fc.constantFrom(
    ['POST', '/oauth/token'],
    ['POST', '/identity/token'],
    ['POST', '/v1/apikeys'],
    ['POST', '/api/v1/accounts'],
    ['PATCH', '/api/v1/auth'],
  );
  const headers = fc.tuple(strange.headers, fc.option(strange.contentType)).map(withType);
  const request = fc
    .tuple(route, headers, strange.body)
    .map(([[method = '', target = ''], given, body]) => ({ method, target, headers: given, body }));
  await survives(request, 300);
});

test('an address that is not served, or cannot be decoded, is refused in the words of the product', {}, async () => {
  for (const target of ['/api/v1/%zz', '/v1/apikeys/%ff', '/identity/%']) await ask(on.registry, { target });
  const headers = { 'Content-Type': 'nonsense' };
  for (const target of ['/x', '/oauth/token'])
    await ask(on.registry, { method: 'PUT', target, headers, body: newBytes() });
});

test('no digest, tag or reference reaches what is not in the repository', async () => {
  const repository = on.repository();
  await repository.pushImage('latest');
  const target = fc
    .tuple(
      fc.constantFrom('manifests', 'blobs', 'referrers', 'blobs/uploads'),
      fc.oneof(strange.printable, strange.segment, strange.encoded),
    )
    .map(([kind, reference]) => `/v2/${repository.name}/${kind}/${reference}`);
  const property = fc.asyncProperty(target, async (each) => {
    const { status, body } = await ask(on.registry, { target: each, headers: asOwner });
    const isTheImage = /\/manifests\/latest(\?|$)/.test(each);
    const isEmptyIndex = status === 200 && body.includes('"manifests":[]');
    assert.ok(status >= 400 || isTheImage || isEmptyIndex, `${status} ${each}`);
  });
  await fc.assert(property, { numRuns: 400 });
  await assertWorks(on);
});

test('every range of a blob is answered with the bytes it names, the whole, or 416', async () => {
  const repository = on.repository();
  const bytes = newBytes(1000);
  const target = `/v2/${repository.name}/blobs/${await repository.pushBlob(bytes)}`;
  const number = fc.oneof(
    fc.integer({ min: 0, max: 1200 }),
    fc.bigInt({ min: 0n, max: 10n ** 30n }),
    fc.constantFrom('', '-', 'x', '1.5', ' '),
  );
  const spec = fc.tuple(number, number).map((ends) => ends.join('-'));
  const specs = fc.array(spec, { minLength: 1, maxLength: 20 }).map((each) => `bytes=${each.join(',')}`);
  const property = fc.asyncProperty(fc.oneof(specs, specs, strange.printable, spec), async (Range) => {
    const { status, headers, body } = await ask(on.registry, { target, headers: { ...asOwner, Range } });
    assert.ok([200, 206, 416].includes(status), `${status} for ${Range}`);
    if (status === 200) assert.deepEqual(body, bytes);
    const [, first, last] = /^bytes (\d+)-(\d+)\/1000$/.exec(headers.get('content-range') ?? '') ?? [];
    if (first !== undefined) assert.deepEqual(body, bytes.subarray(Number(first), Number(last) + 1));
    assert.ok(body.length < 5000, 'the answer is larger than what it tells of');
  });
  await fc.assert(property, { numRuns: 400 });
});

test('no Content-Range brings an upload out of step: what is stored is what was answered', async () => {
  const repository = on.repository();
  const number = fc.oneof(
    fc.integer({ min: 0, max: 40 }),
    fc.constantFrom('', '-1', 'x', '99999999999999999999', '9007199254740991'),
  );
  const range = fc.oneof(
    fc.tuple(number, number).map((ends) => ends.join('-')),
    strange.printable,
  );
  const chunk = fc.record({ range: fc.option(range), bytes: fc.uint8Array({ maxLength: 20 }) });
  const property = fc.asyncProperty(fc.array(chunk, { maxLength: 6 }), async (chunks) => {
    const target = await repository.begin();
    let expected = Buffer.alloc(0);
    for (const { range: given, bytes: body } of chunks) {
      const headers = { ...asOwner, ...(given === null ? {} : { 'Content-Range': given }) };
      const { status } = await ask(on.registry, { method: 'PATCH', target, headers, body });
      if (status === 202) expected = Buffer.concat([expected, body]);
      await repository.assertStandsAt(target, expected.length);
    }
    assert.equal((await repository.finish(target, digestOf(expected))).status, 201);
    await repository.assertHolds(expected);
  });
  await fc.assert(property, { numRuns: 50 });
  await assertWorks(on);
});

test('no n or last makes a list fail or be longer than a page', async () => {
  const repository = on.repository();
  await repository.pushImage('1');
  const size = fc.oneof(fc.integer(), fc.bigInt(), fc.double(), strange.printable).map(String);
  const list = fc.constantFrom(`${repository.name}/tags/list`, '_catalog');
  const property = fc.asyncProperty(list, size, strange.encoded, async (path, n, last) => {
    const target = `/v2/${path}?n=${encodeURIComponent(n)}&last=${last}`;
    const { status } = await ask(on.registry, { target, headers: asOwner });
    assert.equal(status, /^\d*$/.test(n) ? 200 : 400, n);
  });
  await fc.assert(property, { numRuns: 300 });
});

test('no manifest is answered otherwise than 201, 400 or 413, and what is taken is served unchanged', async () => {
  const repository = await on.artifactRepository();
  const type = fc.constantFrom(OCI_MANIFEST, OCI_INDEX, null);
  const property = fc.asyncProperty(strange.manifestBody, type, async (body, given) => {
    const target = `/v2/${repository.name}/manifests/${digestOf(body)}`;
    const headers = withType([asOwner, given]);
    const { status } = await ask(on.registry, { method: 'PUT', target, headers, body });
    assert.ok([201, 400, 413].includes(status), String(status));
    const response = await repository.request('GET', target);
    assert.equal(response.status, status === 201 ? 200 : 404);
    if (status === 201) assert.ok(body.equals(Buffer.from(await response.arrayBuffer())));
  });
  await fc.assert(property, { numRuns: 500 });
  await assertWorks(on);
});
