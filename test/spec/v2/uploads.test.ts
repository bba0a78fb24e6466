import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../src/oci/digest.ts';
import { answered, assertHeaders, headerOf, refused } from '../answers.ts';
import { absentDigest, newBytes } from '../content.ts';
import { stage } from '../repository.ts';

const on = stage();

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

test('end-4c: an algorithm that is not supported is 400 DIGEST_INVALID before anything is sent', async () => {
  const repository = on.repository();
  for (const algorithm of ['md5', '', 'SHA256', 'sha256:', 'blake3']) {
    const response = await repository.request('POST', `blobs/uploads/?digest-algorithm=${algorithm}`);
    await refused(response, 400, 'DIGEST_INVALID');
  }
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
    await repository.assertStandsAt(location, first + 1000);
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
    await repository.assertStandsAt(location, stands);
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
    await repository.assertStandsAt(location, 1000);
  }
  assert.equal(await repository.statusOf(`blobs/${digestOf(bytes)}`), 404);
  await answered(await repository.finish(location, digestOf(bytes), bytes.subarray(1000), 1000), 201);
  await repository.assertHolds(bytes);
});

test('end-5: a range that is malformed, or is not as long as the chunk, is refused and nothing is stored', async () => {
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
    await repository.assertStandsAt(location, 0);
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

test('end-6: a closing PUT that is refused leaves nothing of its bytes: sent again with the right digest it ends the upload', async () => {
  const repository = on.repository();
  const bytes = newBytes(3000);
  for (const staged of [0, 1000]) {
    const location = await repository.begin();
    if (staged > 0) await repository.patch(location, bytes.subarray(0, staged));
    const rest = bytes.subarray(staged);
    for (const wrong of [absentDigest(), absentDigest('sha512')]) {
      await refused(await repository.finish(location, wrong, rest), 400, 'DIGEST_INVALID');
      await repository.assertStandsAt(location, staged);
    }
    const short = { body: rest, headers: { 'Content-Range': `${staged}-${staged + 5}` } };
    const target = `${location}?digest=${digestOf(bytes)}`;
    await refused(await repository.request('PUT', target, short), 400, 'SIZE_INVALID');
    await repository.assertStandsAt(location, staged);
    await answered(await repository.finish(location, digestOf(bytes), rest), 201);
    await repository.assertHolds(bytes);
  }
});

test('end-6: a missing, malformed or unsupported digest is 400 DIGEST_INVALID and the upload goes on', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const location = await repository.begin();
  await refused(await repository.request('PUT', location), 400, 'DIGEST_INVALID');
  for (const digest of ['', 'sha256:bad', `md5:${'a'.repeat(32)}`, 'sha256:']) {
    await refused(await repository.finish(location, digest, bytes), 400, 'DIGEST_INVALID');
  }
  await repository.assertStandsAt(location, 0);
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
