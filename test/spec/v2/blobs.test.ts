import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../src/oci/digest.ts';
import { basic } from '../../support/registry.ts';
import { answered, assertHeaders, bytesOf, headerOf, refused } from '../answers.ts';
import { absentDigest, EMPTY_JSON, newBytes, newManifest } from '../content.ts';
import { RawConnection } from '../raw-connection.ts';
import { stage, type TestRepository } from '../repository.ts';

const on = stage();

/** A repository with one blob of the 5000 bytes that the suite's range tests use. */
const blobOf = async (size = 5000) => {
  const repository = on.repository();
  const bytes = newBytes(size);
  return { repository, bytes, path: `blobs/${await repository.pushBlob(bytes)}` };
};

const rangeOf = (
  repository: TestRepository,
  path: string,
  Range: string,
  method = 'GET',
): Promise<Response> => repository.request(method, path, { headers: { Range } });

test('end-2: GET has the bytes, their length and digest, and says that ranges are served', async () => {
  for (const size of [1, 5000, 65_536, 65_537, 300_000, 3_000_000]) {
    const { repository, bytes, path } = await blobOf(size);
    const response = await answered(await repository.request('GET', path), 200);
    const digest = digestOf(bytes);
    assertHeaders(response, {
      'content-type': 'application/octet-stream',
      'content-length': String(size),
      'docker-content-digest': digest,
      'accept-ranges': 'bytes',
      etag: `"${digest}"`,
      'transfer-encoding': null,
    });
    assert.ok((await bytesOf(response)).equals(bytes), `${size} bytes`);
  }
});

test('end-2: HEAD has the headers of GET and no body', async () => {
  for (const size of [0, 5000, 300_000]) {
    const { repository, bytes, path } = await blobOf(size);
    const response = await answered(await repository.request('HEAD', path), 200);
    assertHeaders(response, {
      'content-type': 'application/octet-stream',
      'content-length': String(size),
      'docker-content-digest': digestOf(bytes),
      'accept-ranges': 'bytes',
    });
    assert.equal((await bytesOf(response)).length, 0);
  }
});

test('end-2: HEAD sends nothing after its headers, so that the connection goes on', async () => {
  const { repository, bytes, path } = await blobOf();
  await using connection = await RawConnection.open(on.registry.url);
  const headers = { Authorization: basic('iamapikey', on.registry.apikey) };
  const head = await connection.request('HEAD', `/v2/${repository.name}/${path}`, headers);
  assert.equal(head.headers.get('content-length'), String(bytes.length));
  assert.equal(head.headers.get('transfer-encoding'), undefined);
  const get = await connection.request('GET', `/v2/${repository.name}/${path}`, headers);
  assert.deepEqual(get.body, bytes);
});

test('end-2: a blob of zero bytes and the blob {} are blobs like others', async () => {
  const repository = on.repository();
  for (const bytes of [Buffer.alloc(0), Buffer.from('{}')]) {
    await repository.pushBlob(bytes);
    await repository.assertHolds(bytes);
  }
});

test('end-2: a blob pushed by its sha512 is served by it', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const digest = await repository.pushBlob(bytes, 'sha512');
  const response = await repository.request('GET', `blobs/${digest}`);
  assertHeaders(response, { 'docker-content-digest': digest, 'content-length': String(bytes.length) });
  assert.deepEqual(await bytesOf(response), bytes);
});

test('end-2: an unknown blob is 404 BLOB_UNKNOWN, and to HEAD a 404 without body', async () => {
  const { repository } = await blobOf();
  for (const digest of [absentDigest(), absentDigest('sha512')]) {
    const { detail } = await refused(await repository.request('GET', `blobs/${digest}`), 404, 'BLOB_UNKNOWN');
    assert.equal(detail.digest, digest);
    const head = await repository.request('HEAD', `blobs/${digest}`);
    assert.equal(head.status, 404);
    assert.equal(await head.text(), '');
  }
});

test('end-2: a blob of one repository is unknown in another', async () => {
  const { path } = await blobOf();
  await refused(await on.repository().request('GET', path), 404, 'BLOB_UNKNOWN');
});

test('end-2: the digest of a manifest is no blob, unless it was uploaded as one', async () => {
  const repository = on.repository();
  const { bytes, descriptor } = await repository.pushImage('1');
  assert.equal(await repository.statusOf(`blobs/${descriptor.digest}`), 404);
  await repository.pushBlob(bytes);
  assert.equal(await repository.statusOf(`blobs/${descriptor.digest}`), 200);
});

test('end-2: a malformed or unsupported digest is 400 DIGEST_INVALID', async () => {
  const repository = on.repository();
  const hex = 'a'.repeat(64);
  for (const digest of [
    'sha256:baddigeststring',
    `sha256:${hex}a`,
    `sha256:${hex.toUpperCase()}`,
    `md5:${'a'.repeat(32)}`,
    `sha512:${hex}`,
    `sha256-${hex}`,
    hex,
    ':',
    'sha256:',
    '%00',
  ]) {
    await refused(await repository.request('GET', `blobs/${digest}`), 400, 'DIGEST_INVALID');
    await refused(await repository.request('DELETE', `blobs/${digest}`), 400, 'DIGEST_INVALID');
  }
});

test('end-2: a single range is 206 with exactly those bytes: given, open, suffix, and clipped at the end', async () => {
  const { repository, bytes, path } = await blobOf();
  for (const [range, first, last] of [
    ['500-1499', 500, 1499],
    ['500-', 500, 4999],
    ['-500', 4500, 4999],
    ['2000-5000', 2000, 4999],
    ['0-', 0, 4999],
    ['0-0', 0, 0],
    ['0-1', 0, 1],
    ['4999-4999', 4999, 4999],
    ['-9999', 0, 4999],
    ['4999-99999999999999999999', 4999, 4999],
  ] as const) {
    const response = await answered(await rangeOf(repository, path, `bytes=${range}`), 206);
    assertHeaders(response, {
      'content-type': 'application/octet-stream',
      'content-range': `bytes ${first}-${last}/5000`,
      'content-length': String(last - first + 1),
      'docker-content-digest': digestOf(bytes),
    });
    assert.deepEqual(await bytesOf(response), bytes.subarray(first, last + 1), range);
  }
});

test('end-2: a range of a large blob is exact too', async () => {
  const { repository, bytes, path } = await blobOf(1_000_000);
  for (const [first, last] of [
    [1, 999_999],
    [262_143, 262_144],
    [100_000, 900_000],
  ] as const) {
    const response = await answered(await rangeOf(repository, path, `bytes=${first}-${last}`), 206);
    assert.ok((await bytesOf(response)).equals(bytes.subarray(first, last + 1)));
  }
});

test('end-2: a range that selects nothing is 416 and says how long the blob is', async () => {
  const { repository, path } = await blobOf();
  for (const range of ['500-0', '5000-10000', '5000-', '99999999999999999999-', '-0']) {
    const response = await rangeOf(repository, path, `bytes=${range}`);
    assertHeaders(response, { 'content-range': 'bytes */5000' });
    await refused(response, 416, 'SIZE_INVALID');
  }
});

test('end-2: what is no range of bytes is ignored: the whole blob', async () => {
  const { repository, path } = await blobOf();
  for (const range of [
    'bytes=',
    'bytes=a-b',
    'bytes=--1',
    'bytes=1',
    'lines=0-1',
    '0-1',
    'bytes 0-1',
    'bytes=1-2,x',
  ]) {
    const response = await answered(await rangeOf(repository, path, range), 200);
    assert.equal((await bytesOf(response)).length, 5000, range);
  }
});

test('end-2: every range of a zero byte blob is the whole blob', async () => {
  const { repository, path } = await blobOf(0);
  for (const range of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
    assertHeaders(await answered(await rangeOf(repository, path, range), 200), { 'content-length': '0' });
  }
});

test('end-2: several ranges are 206 multipart/byteranges, each part with its Content-Range', async () => {
  const { repository, bytes, path } = await blobOf();
  const response = await answered(await rangeOf(repository, path, 'bytes=0-9,4000-4009,-5'), 206);
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(headerOf(response, 'content-type'))?.[1];
  const body = await bytesOf(response);
  assertHeaders(response, { 'content-length': String(body.length), 'content-range': null });
  const parts = [
    [0, 9],
    [4000, 4009],
    [4995, 4999],
  ] as const;
  const expected = parts.map(([first, last]) => {
    const head = `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${first}-${last}/5000\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), bytes.subarray(first, last + 1)]);
  });
  assert.deepEqual(body, Buffer.concat([...expected, Buffer.from(`\r\n--${boundary}--\r\n`)]));
});

test('end-2: absurd numbers of ranges, and ranges that overlap, do not make the answer larger than the blob', async () => {
  const { repository, path } = await blobOf();
  const many = Array.from({ length: 500 }, (_, index) => `${index * 2}-${index * 2}`).join(',');
  for (const range of [`bytes=${many}`, `bytes=${Array(16).fill('0-').join(',')}`]) {
    const response = await answered(await rangeOf(repository, path, range), 200);
    assert.equal((await bytesOf(response)).length, 5000);
  }
});

test('end-2: many ranges of a blob that is larger than their answer are served', async () => {
  const { repository, bytes, path } = await blobOf(1 << 20);
  const many = Array.from({ length: 1024 }, (_, index) => `${index * 1024}-${index * 1024}`);
  const response = await answered(await rangeOf(repository, path, `bytes=${many.join(',')}`), 206);
  const parts = (await bytesOf(response)).toString('latin1').split('\r\n\r\n').slice(1);
  assert.equal(parts.length, 1024);
  for (const [index, part] of parts.entries()) assert.equal(part.charCodeAt(0), bytes[index * 1024]);
});

test('RFC 9110 14.2: a Range on HEAD is ignored', async () => {
  const { repository, path } = await blobOf();
  for (const range of ['bytes=0-1', 'bytes=0-1,5-6', 'bytes=9999-']) {
    const response = await answered(await rangeOf(repository, path, range, 'HEAD'), 200);
    assertHeaders(response, { 'content-length': '5000', 'content-range': null });
  }
});

test('RFC 9110 13.1.5: a range is only served if If-Range names this blob', async () => {
  const { repository, bytes, path } = await blobOf();
  const ask = (validator: string) =>
    repository.request('GET', path, { headers: { Range: 'bytes=0-9', 'If-Range': validator } });
  await answered(await ask(`"${digestOf(bytes)}"`), 206);
  for (const validator of ['"x"', `W/"${digestOf(bytes)}"`, 'Thu, 15 Jan 2026 12:00:00 GMT']) {
    const response = await answered(await ask(validator), 200);
    assert.equal((await bytesOf(response)).length, 5000, validator);
  }
});

test('end-2: many readers of one large blob at once each get all of it', async () => {
  const { repository, bytes, path } = await blobOf(2_000_000);
  const reads = Array.from({ length: 10 }, async () => bytesOf(await repository.request('GET', path)));
  for (const read of await Promise.all(reads)) assert.ok(read.equals(bytes));
});

test('end-2: a reader who goes away in the middle does no harm to others', async () => {
  const { repository, bytes, path } = await blobOf(8_000_000);
  for (let round = 0; round < 5; round += 1) {
    await using connection = await RawConnection.open(on.registry.url);
    connection.sendHead('GET', `/v2/${repository.name}/${path}`, {
      Authorization: basic('iamapikey', on.registry.apikey),
    });
    connection.cut();
  }
  assert.ok((await bytesOf(await repository.request('GET', path))).equals(bytes));
});

test('end-10: DELETE is 202, the blob is 404 at once, and a second DELETE is 404', async () => {
  const { repository, bytes, path } = await blobOf();
  assert.equal(await repository.statusOf(path), 200);
  const response = await answered(await repository.request('DELETE', path), 202);
  assertHeaders(response, { 'content-length': '0' });
  assert.equal(await repository.statusOf(path), 404);
  await refused(await repository.request('GET', path), 404, 'BLOB_UNKNOWN');
  await refused(await repository.request('DELETE', path), 404, 'BLOB_UNKNOWN');
  await repository.pushBlob(bytes);
  await repository.assertHolds(bytes);
});

test('end-10: a blob that is deleted while it is read is sent to its end', async () => {
  const { repository, bytes, path } = await blobOf(20_000_000);
  const response = await answered(await repository.request('GET', path), 200);
  await answered(await repository.request('DELETE', path), 202);
  assert.ok((await bytesOf(response)).equals(bytes));
});

test('end-10: a blob that a manifest needs is 405 UNSUPPORTED, naming the manifests and their tags; without them it goes', async () => {
  const repository = on.repository();
  const { descriptor, config, layers, bytes } = await repository.pushImage('v1');
  await repository.putManifest('v2', bytes);
  for (const { digest } of [config, ...layers]) {
    const response = await repository.request('DELETE', `blobs/${digest}`);
    assertHeaders(response, { allow: 'GET, HEAD' });
    const { message, detail } = await refused(response, 405, 'UNSUPPORTED');
    assert.equal(
      message,
      `${digest} is needed by the manifest ${descriptor.digest} (tagged v1, v2); delete what needs it first`,
    );
    assert.deepEqual(detail.heldBy, [{ digest: descriptor.digest, tags: ['v1', 'v2'] }]);
    assert.equal(await repository.statusOf(`blobs/${digest}`), 200);
  }
  await answered(await repository.request('DELETE', `manifests/${descriptor.digest}`), 202);
  for (const { digest } of [config, ...layers]) {
    await answered(await repository.request('DELETE', `blobs/${digest}`), 202);
    assert.equal(await repository.statusOf(`blobs/${digest}`), 404);
  }
});

test('end-10: of very many manifests that need a blob, ten are named', async () => {
  const repository = await on.artifactRepository();
  for (let count = 0; count < 12; count += 1)
    await answered(await repository.putManifest(`t${count}`, newManifest()), 201);
  const response = await repository.request('DELETE', `blobs/${digestOf(EMPTY_JSON)}`);
  const { message, detail } = await refused(response, 405, 'UNSUPPORTED');
  assert.match(message, /and at least 10 others; delete/);
  assert.equal((detail.heldBy as unknown[]).length, 10);
});

test('end-10: DELETE in one repository leaves the blob in another', async () => {
  const { repository, bytes, path } = await blobOf();
  const other = on.repository();
  await other.pushBlob(bytes);
  await answered(await repository.request('DELETE', path), 202);
  assert.equal(await repository.statusOf(path), 404);
  await other.assertHolds(bytes);
});

test('CVE-2026-35172: a blob deleted in one repository stays gone there when another serves it again', async () => {
  const { repository, bytes, path } = await blobOf();
  const other = on.repository();
  await other.pushBlob(bytes);
  await repository.assertHolds(bytes);
  await answered(await repository.request('DELETE', path), 202);
  await other.assertHolds(bytes);
  await other.pushBlob(bytes);
  assert.equal(await repository.statusOf(path), 404);
});

test('end-10: a blob that was pushed by two digests is deleted by each alone', async () => {
  const repository = on.repository();
  const bytes = newBytes();
  const sha256 = await repository.pushBlob(bytes);
  const sha512 = await repository.pushBlob(bytes, 'sha512');
  await answered(await repository.request('DELETE', `blobs/${sha256}`), 202);
  assert.equal(await repository.statusOf(`blobs/${sha256}`), 404);
  await repository.assertHolds(bytes, 'sha512');
  assert.equal(await repository.statusOf(`blobs/${sha512}`), 200);
});

test('end-10: deleting needs the scope delete: push and pull are not enough', async () => {
  const { repository, bytes, path } = await blobOf();
  await refused(await repository.as('pull,push', 'DELETE', path), 401, 'UNAUTHORIZED');
  await repository.assertHolds(bytes);
  await answered(await repository.as('delete', 'DELETE', path), 202);
});

test('end-2: reading needs the scope pull: push and delete are not enough', async () => {
  const { repository, path } = await blobOf();
  await refused(await repository.as('push,delete', 'GET', path), 401, 'UNAUTHORIZED');
  await answered(await repository.as('*', 'GET', path), 200);
});

test('RFC 9110 13.1.2: who already has the blob is told so: 304 without a body, to GET and HEAD', async () => {
  const { repository, path } = await blobOf();
  const digest = path.slice('blobs/'.length);
  for (const method of ['GET', 'HEAD']) {
    for (const known of [`"${digest}"`, `W/"${digest}"`, `"x", "${digest}"`, '*']) {
      const headers = { 'If-None-Match': known, Range: 'bytes=0-1' };
      const response = await answered(await repository.request(method, path, { headers }), 304);
      assertHeaders(response, { etag: `"${digest}"`, 'docker-content-digest': digest });
      assert.equal(await response.text(), '');
    }
    for (const other of ['"x"', digest, '']) {
      const headers = { 'If-None-Match': other };
      await answered(await repository.request(method, path, { headers }), 200);
    }
  }
  const headers = { 'If-None-Match': '*' };
  await answered(await repository.request('HEAD', `blobs/${absentDigest()}`, { headers }), 404);
});
