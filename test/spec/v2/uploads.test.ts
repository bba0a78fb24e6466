import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../src/oci/digest.ts';
import { HOUR, MINUTE } from '../../support/clock.ts';
import { basic, TestRegistry } from '../../support/registry.ts';
import { answered, assertHeaders, headerOf, refused } from '../answers.ts';
import { absentDigest, newBytes } from '../content.ts';
import { newRegistryToken } from '../principals.ts';
import { stage, TestRepository } from '../repository.ts';

const on = stage();

/** Fails unless the upload stands at `size`, as GET tells it. */
const assertStandsAt = async (repository: TestRepository, location: string, size: number): Promise<void> => {
  const response = await answered(await repository.request('GET', location), 204);
  assertHeaders(response, {
    range: `0-${Math.max(size - 1, 0)}`,
    location: location.split('?')[0] ?? '',
    'docker-upload-uuid': location.split('/').at(-1) ?? '',
    'content-length': null,
  });
};

test('end-4a: POST begins an upload: 202 with a Location below the repository, Range 0-0 and the upload id', async () => {
  const repository = on.repository();
  for (const path of ['blobs/uploads/', 'blobs/uploads', 'blobs/uploads/?digest-algorithm=sha512']) {
    const response = await answered(await repository.request('POST', path), 202);
    const id = headerOf(response, 'docker-upload-uuid');
    assertHeaders(response, {
      location: `/v2/${repository.name}/blobs/uploads/${id}`,
      range: '0-0',
      'content-length': '0',
    });
    assert.match(id, /^[0-9a-zA-Z_-]+$/, 'no character that a client would escape');
  }
});

test('end-4a: ids of uploads are never the same', async () => {
  const repository = on.repository();
  const locations = await Promise.all(Array.from({ length: 20 }, () => repository.begin()));
  assert.equal(new Set(locations).size, 20);
});

test('end-4b: POST with a digest and the bytes is the whole push: 201 with the Location of the blob', async () => {
  const repository = on.repository();
  for (const [bytes, algorithm] of [
    [newBytes(), 'sha256'],
    [newBytes(), 'sha512'],
    [Buffer.alloc(0), 'sha256'],
    [newBytes(2_000_000), 'sha256'],
  ] as const) {
    const digest = digestOf(bytes, algorithm);
    const response = await repository.request('POST', `blobs/uploads/?digest=${digest}`, { body: bytes });
    await answered(response, 201);
    assertHeaders(response, {
      location: `/v2/${repository.name}/blobs/${digest}`,
      'docker-content-digest': digest,
      'content-length': '0',
    });
    await repository.assertHolds(bytes, algorithm);
  }
});

test('end-4b: bytes that are not those of the digest are 400 DIGEST_INVALID and nothing is stored', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  for (const digest of [absentDigest(), absentDigest('sha512'), 'sha256:bad', 'x']) {
    const response = await repository.request('POST', `blobs/uploads/?digest=${digest}`, { body: bytes });
    await refused(response, 400, 'DIGEST_INVALID');
  }
  assert.equal(await repository.statusOf(`blobs/${digestOf(bytes)}`), 404);
});

test('end-4b: a whole push that says it begins further on is refused', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const response = await repository.request('POST', `blobs/uploads/?digest=${digestOf(bytes)}`, {
    body: bytes,
    headers: { 'Content-Range': `100-${99 + bytes.length}` },
  });
  await refused(response, 416, 'BLOB_UPLOAD_INVALID');
  assert.equal(await repository.statusOf(`blobs/${digestOf(bytes)}`), 404);
});

test('end-6: POST then PUT with all bytes: 201, Location of the blob and its digest', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const digest = digestOf(bytes);
  const response = await answered(await repository.finish(await repository.begin(), digest, bytes), 201);
  assertHeaders(response, { 'docker-content-digest': digest, 'content-length': '0' });
  const blob = await answered(await repository.request('GET', headerOf(response, 'location')), 200);
  assert.deepEqual(Buffer.from(await blob.arrayBuffer()), bytes);
});

test('end-5: one PATCH without a range, then an empty PUT, as docker, skopeo and crane push', async () => {
  const repository = on.repository();
  const bytes = newBytes(1_500_000);
  const location = await repository.begin();
  const response = await answered(await repository.patch(location, bytes), 202);
  assertHeaders(response, {
    location,
    range: '0-1499999',
    'docker-upload-uuid': location.split('/').at(-1) ?? '',
    'content-length': '0',
  });
  await answered(await repository.finish(headerOf(response, 'location'), digestOf(bytes)), 201);
  await repository.assertHolds(bytes);
});

test('end-5: chunks in order with Content-Range, the last of them with the PUT', async () => {
  const repository = on.repository();
  const bytes = newBytes(3000);
  let location = await repository.begin();
  for (const first of [0, 1000]) {
    const response = await repository.patch(location, bytes.subarray(first, first + 1000), first);
    assertHeaders(await answered(response, 202), { range: `0-${first + 999}` });
    location = headerOf(response, 'location');
    await assertStandsAt(repository, location, first + 1000);
  }
  await answered(await repository.finish(location, digestOf(bytes), bytes.subarray(2000), 2000), 201);
  await repository.assertHolds(bytes);
});

test('end-5: chunks without a range are appended in the order they come', async () => {
  const repository = on.repository();
  const bytes = newBytes(3000);
  const location = await repository.begin();
  for (const first of [0, 1000]) await repository.patch(location, bytes.subarray(first, first + 1000));
  await answered(await repository.finish(location, digestOf(bytes), bytes.subarray(2000)), 201);
  await repository.assertHolds(bytes);
});

test('end-5: a chunk may name its range as HTTP does, with unit and size', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const location = await repository.begin();
  const headers = { 'Content-Range': 'bytes 0-99/100' };
  await answered(await repository.request('PATCH', location, { body: bytes, headers }), 202);
  await answered(await repository.finish(location, digestOf(bytes)), 201);
});

test('end-5: a chunk out of order is 416 with Location and Range, and the upload stays as it was', async () => {
  const repository = on.repository();
  const bytes = newBytes(3000);
  const location = await repository.begin();
  for (const [stands, first] of [
    [0, 1000],
    [0, 1],
    [1000, 0],
    [1000, 999],
    [1000, 1001],
    [1000, 2000],
  ] as const) {
    if (stands === 1000 && first === 0) await repository.patch(location, bytes.subarray(0, 1000), 0);
    const response = await repository.patch(location, bytes.subarray(first, first + 500), first);
    assertHeaders(response, { location, range: `0-${Math.max(stands - 1, 0)}` });
    await refused(response, 416, 'BLOB_UPLOAD_INVALID');
    await assertStandsAt(repository, location, stands);
  }
  await answered(await repository.patch(location, bytes.subarray(1000), 1000), 202);
  await answered(await repository.finish(location, digestOf(bytes)), 201);
  await repository.assertHolds(bytes);
});

test('end-6: a closing chunk out of order is 416 too, nothing is stored and the upload can be ended after', async () => {
  const repository = on.repository();
  const bytes = newBytes(3000);
  const location = await repository.begin();
  await repository.patch(location, bytes.subarray(0, 1000), 0);
  for (const first of [0, 500, 2000]) {
    const response = await repository.finish(location, digestOf(bytes), bytes.subarray(first), first);
    assertHeaders(response, { location, range: '0-999' });
    await refused(response, 416, 'BLOB_UPLOAD_INVALID');
    await assertStandsAt(repository, location, 1000);
  }
  assert.equal(await repository.statusOf(`blobs/${digestOf(bytes)}`), 404);
  await answered(await repository.finish(location, digestOf(bytes), bytes.subarray(1000), 1000), 201);
  await repository.assertHolds(bytes);
});

test('end-5: a range that is none, or is not as long as the chunk, is refused and nothing is stored', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const location = await repository.begin();
  for (const [range, status, code] of [
    ['x', 416, 'BLOB_UPLOAD_INVALID'],
    ['0', 416, 'BLOB_UPLOAD_INVALID'],
    ['99-0', 416, 'BLOB_UPLOAD_INVALID'],
    ['-99', 416, 'BLOB_UPLOAD_INVALID'],
    ['0-99999999999999999999', 416, 'BLOB_UPLOAD_INVALID'],
    ['0-50', 400, 'SIZE_INVALID'],
    ['0-100', 400, 'SIZE_INVALID'],
  ] as const) {
    const headers = { 'Content-Range': range };
    await refused(await repository.request('PATCH', location, { body: bytes, headers }), status, code);
    await assertStandsAt(repository, location, 0);
  }
});

test('end-6: a digest that does not match is 400 after any way of sending, and the right one still ends the upload', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const sent = await repository.begin();
  await repository.patch(sent, bytes);
  const chunked = await repository.begin();
  await repository.patch(chunked, bytes.subarray(0, 50), 0);
  for (const wrong of [absentDigest(), absentDigest('sha512')]) {
    await refused(await repository.finish(sent, wrong), 400, 'DIGEST_INVALID');
    const whole = await repository.begin();
    await refused(await repository.finish(whole, wrong, bytes), 400, 'DIGEST_INVALID');
    assert.equal(await repository.statusOf(`blobs/${wrong}`), 404);
  }
  await refused(
    await repository.finish(chunked, absentDigest(), bytes.subarray(50), 50),
    400,
    'DIGEST_INVALID',
  );
  assert.equal(await repository.statusOf(`blobs/${digestOf(bytes)}`), 404);
  await answered(await repository.finish(sent, digestOf(bytes)), 201);
  await repository.assertHolds(bytes);
});

test('end-6: a missing, malformed or unsupported digest is 400 DIGEST_INVALID and the upload goes on', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const location = await repository.begin();
  await refused(await repository.request('PUT', location), 400, 'DIGEST_INVALID');
  for (const digest of ['', 'sha256:bad', `md5:${'a'.repeat(32)}`, 'sha256:']) {
    await refused(await repository.finish(location, digest, bytes), 400, 'DIGEST_INVALID');
  }
  await assertStandsAt(repository, location, 0);
  await answered(await repository.finish(location, digestOf(bytes), bytes), 201);
});

test('end-6: sha512 is chosen at the PUT, with or without a hint at the POST, in chunks or whole', async () => {
  for (const hint of ['', '?digest-algorithm=sha512', '?digest-algorithm=sha256']) {
    const repository = on.repository();
    const bytes = newBytes(3000);
    const digest = digestOf(bytes, 'sha512');
    const location = await repository.begin(hint);
    await repository.patch(location, bytes.subarray(0, 1000), 0);
    const response = await repository.finish(location, digest, bytes.subarray(1000), 1000);
    assertHeaders(await answered(response, 201), { 'docker-content-digest': digest });
    await repository.assertHolds(bytes, 'sha512');
  }
});

test('end-6: clients may put parameters of their own before and behind the digest', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const location = await repository.begin();
  const target = `${location}?_state=x&digest=${digestOf(bytes)}&origin=y`;
  await answered(await repository.request('PUT', target, { body: bytes }), 201);
});

test('end-13: an upload that was ended is unknown: GET, PATCH, PUT and DELETE are 404 BLOB_UPLOAD_UNKNOWN', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const location = await repository.begin();
  await repository.finish(location, digestOf(bytes), bytes);
  for (const gone of [location, `/v2/${repository.name}/blobs/uploads/never`]) {
    await refused(await repository.request('GET', gone), 404, 'BLOB_UPLOAD_UNKNOWN');
    await refused(await repository.patch(gone, bytes), 404, 'BLOB_UPLOAD_UNKNOWN');
    await refused(await repository.finish(gone, digestOf(bytes)), 404, 'BLOB_UPLOAD_UNKNOWN');
    await refused(await repository.request('DELETE', gone), 404, 'BLOB_UPLOAD_UNKNOWN');
  }
});

test('end-14: DELETE cancels an upload: 204, then it is unknown; the scope push is enough', async () => {
  const repository = on.repository();
  const location = await repository.begin();
  await repository.patch(location, newBytes());
  await answered(await repository.as('pull,push', 'DELETE', location), 204);
  await refused(await repository.request('GET', location), 404, 'BLOB_UPLOAD_UNKNOWN');
  await refused(await repository.patch(location, newBytes()), 404, 'BLOB_UPLOAD_UNKNOWN');
});

test('CVE-2026-32589: an upload of one repository is unknown in another', async () => {
  const [repository, other] = [on.repository(), on.repository()];
  const bytes = newBytes();
  const location = await repository.begin();
  const elsewhere = location.replace(repository.name, other.name);
  await refused(await other.request('GET', elsewhere), 404, 'BLOB_UPLOAD_UNKNOWN');
  await refused(await other.patch(elsewhere, bytes), 404, 'BLOB_UPLOAD_UNKNOWN');
  await refused(await other.finish(elsewhere, digestOf(bytes), bytes), 404, 'BLOB_UPLOAD_UNKNOWN');
  await refused(await other.request('DELETE', elsewhere), 404, 'BLOB_UPLOAD_UNKNOWN');
  await assertStandsAt(repository, location, 0);
});

test('an upload is its principal’s: another key of the same user goes on with it', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const location = await repository.begin();
  const { apikey } = await on.registry.createKey();
  const headers = { Authorization: basic('iamapikey', apikey) };
  await answered(await repository.request('PATCH', location, { body: bytes, headers }), 202);
  await answered(await repository.finish(location, digestOf(bytes)), 201);
});

test('CVE-2026-32589: an upload of another principal is unknown, though both may push', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const location = await repository.begin();
  const headers = { Authorization: basic('token', await newRegistryToken(on.registry)) };
  await answered(await repository.request('POST', 'blobs/uploads/', { headers }), 202);
  for (const [method, path, body] of [
    ['GET', location, null],
    ['PATCH', location, bytes],
    ['PUT', `${location}?digest=${digestOf(bytes)}`, bytes],
    ['DELETE', location, null],
  ] as const) {
    await refused(await repository.request(method, path, { headers, body }), 404, 'BLOB_UPLOAD_UNKNOWN');
  }
  await assertStandsAt(repository, location, 0);
  await answered(await repository.finish(location, digestOf(bytes), bytes), 201);
});

test('an upload outlives its bearer, which begins no other; it does not outlive the key', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const repository = new TestRepository(registry, 'birds/a');
  const bytes = newBytes(200);
  const { id, apikey } = await registry.createKey();
  const token = await registry.bearer('repository:birds/a:pull,push', 'iamapikey', apikey);
  const headers = { Authorization: `Bearer ${token}` };
  const location = headerOf(await repository.request('POST', 'blobs/uploads/', { headers }), 'location');
  const second = headerOf(await repository.request('POST', 'blobs/uploads/', { headers }), 'location');
  registry.clock.advance(20 * MINUTE);
  await answered(await repository.request('PATCH', location, { body: bytes, headers }), 202);
  await answered(await repository.request('PUT', `${location}?digest=${digestOf(bytes)}`, { headers }), 201);
  await refused(await repository.request('POST', 'blobs/uploads/', { headers }), 401, 'UNAUTHORIZED');
  await refused(await repository.request('GET', 'tags/list', { headers }), 401, 'UNAUTHORIZED');
  await registry.api('DELETE', `/v1/apikeys/${id}`);
  await refused(await repository.request('PATCH', second, { body: bytes, headers }), 401, 'UNAUTHORIZED');
});

test('an upload lives a day after its last use, and survives a restart meanwhile', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const repository = new TestRepository(registry, 'birds/a');
  const bytes = newBytes(300);
  const location = await repository.begin();
  registry.clock.advance(23 * HOUR);
  await answered(await repository.patch(location, bytes.subarray(0, 100), 0), 202);
  await registry.restart();
  registry.clock.advance(23 * HOUR);
  await assertStandsAt(repository, location, 100);
  await answered(await repository.patch(location, bytes.subarray(100), 100), 202);
  await answered(await repository.finish(location, digestOf(bytes)), 201);
  await repository.assertHolds(bytes);
  const idle = await repository.begin();
  registry.clock.advance(24 * HOUR);
  await refused(await repository.request('GET', idle), 404, 'BLOB_UPLOAD_UNKNOWN');
});

test('P2: an upload does not land in a namespace recreated under the same name', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const repository = new TestRepository(registry, 'birds/a');
  const bytes = newBytes();
  const location = await repository.begin();
  await registry.api('DELETE', '/api/v1/namespaces/birds');
  await registry.namespaceAdd('birds');
  await refused(await repository.finish(location, digestOf(bytes), bytes), 404, 'BLOB_UPLOAD_UNKNOWN');
});

test('3.6: identical uploads at once all succeed, and the blob is whole', async () => {
  const repository = on.repository();
  const bytes = newBytes(400_000);
  const digest = digestOf(bytes);
  const pushes = Array.from({ length: 12 }, async (_, index) =>
    index % 2 === 0
      ? repository.request('POST', `blobs/uploads/?digest=${digest}`, { body: bytes })
      : repository.finish(await repository.begin(), digest, bytes),
  );
  for (const response of await Promise.all(pushes)) await answered(response, 201);
  await repository.assertHolds(bytes);
});

test('3.6: two chunks for the same place at once: one is taken, the other is 416, the upload ends well', async () => {
  const repository = on.repository();
  const bytes = newBytes(200_000);
  for (let round = 0; round < 5; round += 1) {
    const location = await repository.begin();
    const answers = await Promise.all([
      repository.patch(location, bytes, 0),
      repository.patch(location, bytes, 0),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [202, 416]);
    await assertStandsAt(repository, location, bytes.length);
    await answered(await repository.finish(location, digestOf(bytes)), 201);
  }
});

test('3.6: the same upload ended twice at once is one blob, and no answer is a failure of the server', async () => {
  const repository = on.repository();
  for (let round = 0; round < 5; round += 1) {
    const bytes = newBytes(50_000);
    const location = await repository.begin();
    await repository.patch(location, bytes);
    const ends = [1, 2, 3].map(() => repository.finish(location, digestOf(bytes)));
    const statuses = (await Promise.all(ends)).map(({ status }) => status).sort();
    assert.equal(statuses[0], 201);
    for (const status of statuses.slice(1)) assert.ok([404, 416].includes(status), String(status));
    await repository.assertHolds(bytes);
  }
});

test('pushing needs the scope push: pull and delete are not enough', async () => {
  const repository = on.repository();
  const location = await repository.begin();
  for (const [method, path] of [
    ['POST', 'blobs/uploads/'],
    ['PATCH', location],
    ['PUT', `${location}?digest=${absentDigest()}`],
    ['GET', location],
    ['DELETE', location],
  ] as const) {
    await refused(await repository.as('pull,delete', method, path), 401, 'UNAUTHORIZED');
  }
  await assertStandsAt(repository, location, 0);
});
