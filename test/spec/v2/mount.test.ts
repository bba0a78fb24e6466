import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../src/oci/digest.ts';
import { basic } from '../../support/registry.ts';
import { answered, assertHeaders, headerOf, refused } from '../answers.ts';
import { newBytes } from '../content.ts';
import { newAccount, newRegistryToken } from '../principals.ts';
import { stage, TestRepository } from '../repository.ts';

const on = stage();

const mount = (
  into: TestRepository,
  digest: string,
  from: string,
  init: RequestInit = {},
): Promise<Response> =>
  into.request('POST', `blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`, init);

/** Fails unless the answer is an ordinary upload, through which the blob can then be pushed. */
const assertUpload = async (into: TestRepository, response: Response, bytes: Uint8Array): Promise<void> => {
  await answered(response, 202);
  assertHeaders(response, { range: '0-0', 'docker-content-digest': null, 'content-length': '0' });
  const location = headerOf(response, 'location');
  assert.ok(location.startsWith(`/v2/${into.name}/blobs/uploads/`), location);
  assert.equal(await into.statusOf(`blobs/${digestOf(bytes)}`), 404, 'nothing was mounted');
  await answered(await into.finish(location, digestOf(bytes), bytes), 201);
};

test('end-11: a blob of another repository is mounted: 201, Location and digest, and no upload', async () => {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const [from, into] = [on.repository(), on.repository()];
    const bytes = newBytes();
    const digest = await from.pushBlob(bytes, algorithm);
    const response = await answered(await mount(into, digest, from.name), 201);
    assertHeaders(response, {
      location: `/v2/${into.name}/blobs/${digest}`,
      'docker-content-digest': digest,
      'docker-upload-uuid': null,
      'content-length': '0',
    });
    await into.assertHolds(bytes, algorithm);
  }
});

test('end-11: a blob is mounted from its own repository, and again where it is already', async () => {
  const [from, into] = [on.repository(), on.repository()];
  const digest = await from.pushBlob(newBytes());
  await answered(await mount(from, digest, from.name), 201);
  await answered(await mount(into, digest, from.name), 201);
  await answered(await mount(into, digest, from.name), 201);
});

test('end-11: a mounted blob stays when the source deletes it', async () => {
  const [from, into] = [on.repository(), on.repository()];
  const bytes = newBytes();
  const digest = await from.pushBlob(bytes);
  await mount(into, digest, from.name);
  await answered(await from.request('DELETE', `blobs/${digest}`), 202);
  await into.assertHolds(bytes);
  assert.equal(await from.statusOf(`blobs/${digest}`), 404);
});

test('end-11: what is not there is 202, an ordinary upload: blob, repository and namespace alike', async () => {
  const from = on.repository();
  const held = newBytes();
  const digest = await from.pushBlob(held);
  for (const [wanted, source, bytes] of [
    [undefined, from.name, newBytes()],
    [digest, on.repository().name, held],
    [digest, 'absent/a', held],
    [digest, 'Not/a/Name', held],
    [digest, '', held],
    [digest, '../../etc', held],
  ] as const) {
    const into = on.repository();
    await assertUpload(into, await mount(into, wanted ?? digestOf(bytes), source), bytes);
  }
});

test('end-11: a blob that was deleted from the source is not mounted from there', async () => {
  const [from, other, into] = [on.repository(), on.repository(), on.repository()];
  const bytes = newBytes();
  const digest = await from.pushBlob(bytes);
  await other.pushBlob(bytes);
  await from.request('DELETE', `blobs/${digest}`);
  await assertUpload(into, await mount(into, digest, from.name), bytes);
});

test('end-11: a malformed digest is an ordinary upload', async () => {
  const [from, into] = [on.repository(), on.repository()];
  for (const digest of ['sha256:bad', '', 'x'])
    await assertUpload(into, await mount(into, digest, from.name), newBytes());
});

test('P4, containerd #14086: a source the caller may not read is 202, never 401 or 403', async () => {
  const foreign = new TestRepository(on.registry, 'foreign/a');
  const headers = { Authorization: await newAccount(on.registry, 'foreign') };
  const bytes = newBytes();
  const digest = digestOf(bytes);
  await answered(
    await foreign.request('POST', `blobs/uploads/?digest=${digest}`, { headers, body: bytes }),
    201,
  );
  const into = on.repository();
  await assertUpload(into, await mount(into, digest, foreign.name), bytes);
  const token = { Authorization: basic('token', await newRegistryToken(on.registry)) };
  const other = on.repository();
  await answered(await mount(other, digest, foreign.name, { headers: token }), 202);
  assert.equal(await other.statusOf(`blobs/${digest}`), 404);
});

test('end-11: the bearer need only cover the destination: the source is decided on what its holder may read', async () => {
  const [from, into] = [on.repository(), on.repository()];
  const bytes = newBytes();
  const digest = await from.pushBlob(bytes);
  const query = `blobs/uploads/?mount=${digest}&from=${from.name}`;
  await answered(await into.as('pull,push', 'POST', query), 201);
  await into.assertHolds(bytes);
});

test('end-11: mounting needs the scope push on the destination', async () => {
  const [from, into] = [on.repository(), on.repository()];
  const digest = await from.pushBlob(newBytes());
  const query = `blobs/uploads/?mount=${digest}&from=${from.name}`;
  await refused(await into.as('pull', 'POST', query), 401, 'UNAUTHORIZED');
  assert.equal(await into.statusOf(`blobs/${digest}`), 404);
});

test('crane sends origin= with a mount: it is ignored', async () => {
  const [from, into] = [on.repository(), on.repository()];
  const digest = await from.pushBlob(newBytes());
  const query = `blobs/uploads/?from=${from.name}&mount=${digest}&origin=REGISTRY`;
  await answered(await into.request('POST', query), 201);
});

test('end-11: a mount without a source is 202 at least: the push goes on', async () => {
  const [from, into] = [on.repository(), on.repository()];
  const bytes = newBytes();
  const response = await into.request('POST', `blobs/uploads/?mount=${await from.pushBlob(bytes)}`);
  if (response.status !== 201) await assertUpload(into, response, bytes);
  await into.assertHolds(bytes);
});

test('end-11: mounting at once into many repositories succeeds in all', async () => {
  const from = on.repository();
  const bytes = newBytes();
  const digest = await from.pushBlob(bytes);
  const into = Array.from({ length: 10 }, () => on.repository());
  const answers = await Promise.all(into.map((repository) => mount(repository, digest, from.name)));
  for (const response of answers) await answered(response, 201);
  for (const repository of into) await repository.assertHolds(bytes);
});
