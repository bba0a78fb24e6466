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

/** A mount as regctl asks for it with every blob: without a source. */
const anonymousMount = (into: TestRepository, digest: string, init: RequestInit = {}): Promise<Response> =>
  into.request('POST', `blobs/uploads/?mount=${digest}`, init);

test('end-11: a mount without a source is 201 where any repository of the account holds the blob', async () => {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const [from, into] = [on.repository(), on.repository()];
    const bytes = newBytes();
    const digest = await from.pushBlob(bytes, algorithm);
    const response = await answered(await anonymousMount(into, digest), 201);
    assertHeaders(response, {
      location: `/v2/${into.name}/blobs/${digest}`,
      'docker-content-digest': digest,
      'docker-upload-uuid': null,
      'content-length': '0',
    });
    await into.assertHolds(bytes, algorithm);
    await answered(await anonymousMount(into, digest), 201);
  }
});

test('end-11: a mount without a source of a blob that no repository holds is an ordinary upload', async () => {
  const from = on.repository();
  const bytes = newBytes();
  const digest = await from.pushBlob(bytes);
  await from.request('DELETE', `blobs/${digest}`);
  for (const [wanted, pushed] of [
    [digest, bytes],
    [undefined, newBytes()],
    ['sha256:bad', newBytes()],
    ['', newBytes()],
  ] as const) {
    const into = on.repository();
    await assertUpload(into, await anonymousMount(into, wanted ?? digestOf(pushed)), pushed);
  }
});

test('P4, end-11: a mount without a source never finds what another account holds', async () => {
  const foreign = new TestRepository(on.registry, 'strangers/a');
  const headers = { Authorization: await newAccount(on.registry, 'strangers') };
  const bytes = newBytes();
  const path = `blobs/uploads/?digest=${digestOf(bytes)}`;
  await answered(await foreign.request('POST', path, { headers, body: bytes }), 201);
  const into = on.repository();
  await assertUpload(into, await anonymousMount(into, digestOf(bytes)), bytes);
  await answered(
    await anonymousMount(new TestRepository(on.registry, 'strangers/b'), digestOf(bytes), { headers }),
    201,
  );
});

test('end-11: a mount without a source is decided on what the credential may read now, not on what its bearer asked for', async () => {
  await on.registry.namespaceAdd('trees');
  const [from, trees] = [on.repository(), new TestRepository(on.registry, 'trees/a')];
  const bytes = newBytes();
  const digest = await from.pushBlob(bytes);
  const narrowed = { Authorization: basic('token', await newRegistryToken(on.registry, 'trees')) };
  await answered(await anonymousMount(trees, digest, { headers: narrowed }), 202);
  assert.equal(await trees.statusOf(`blobs/${digest}`), 404);
  const wide = { Authorization: basic('token', await newRegistryToken(on.registry)) };
  await answered(await anonymousMount(trees, digest, { headers: wide }), 201);
  await answered(
    await anonymousMount(new TestRepository(on.registry, 'trees/b'), digest, { headers: narrowed }),
    201,
  );
  const into = on.repository();
  await answered(await into.as('pull,push', 'POST', `blobs/uploads/?mount=${digest}`), 201);
  await refused(await into.as('pull', 'POST', `blobs/uploads/?mount=${digest}`), 401, 'UNAUTHORIZED');
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
