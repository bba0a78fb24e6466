import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../src/oci/digest.ts';
import { HOUR, MINUTE } from '../../support/clock.ts';
import { basic, TestRegistry } from '../../support/registry.ts';
import { answered, headerOf, refused } from '../answers.ts';
import { absentDigest, newBytes } from '../content.ts';
import { newRegistryToken } from '../principals.ts';
import { stage, TestRepository } from '../repository.ts';

const on = stage();

test('CVE-2026-32589: an upload of one repository is unknown in another', async () => {
  const [repository, other] = [on.repository(), on.repository()];
  const bytes = newBytes();
  const location = await repository.begin();
  const elsewhere = location.replace(repository.name, other.name);
  await refused(await other.request('GET', elsewhere), 404, 'BLOB_UPLOAD_UNKNOWN');
  await refused(await other.patch(elsewhere, bytes), 404, 'BLOB_UPLOAD_UNKNOWN');
  await refused(await other.finish(elsewhere, digestOf(bytes), bytes), 404, 'BLOB_UPLOAD_UNKNOWN');
  await refused(await other.request('DELETE', elsewhere), 404, 'BLOB_UPLOAD_UNKNOWN');
  await repository.assertStandsAt(location, 0);
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
  await repository.assertStandsAt(location, 0);
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
  await repository.assertStandsAt(location, 100);
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

test('end-6: identical uploads at once all succeed, and the blob is whole', async () => {
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

test('end-5: two chunks for the same place at once: one is taken, the other is 416, the upload ends well', async () => {
  const repository = on.repository();
  const bytes = newBytes(200_000);
  for (let round = 0; round < 5; round += 1) {
    const location = await repository.begin();
    const answers = await Promise.all([
      repository.patch(location, bytes, 0),
      repository.patch(location, bytes, 0),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [202, 416]);
    await repository.assertStandsAt(location, bytes.length);
    await answered(await repository.finish(location, digestOf(bytes)), 201);
  }
});

test('end-6: the same upload ended twice at once is one blob, and no answer is a failure of the server', async () => {
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
  await repository.assertStandsAt(location, 0);
});
