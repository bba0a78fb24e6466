import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../src/oci/digest.ts';
import { answered, assertHeaders, bytesOf, headerOf, refused } from '../answers.ts';
import {
  absentDigest,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  newManifest,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../content.ts';
import { stage, type TestRepository } from '../repository.ts';

const on = stage();

test('end-7a: PUT by tag: 201 with the Location by digest and the digest; served by both, byte for byte', async () => {
  const repository = await on.artifactRepository();
  const bytes = Buffer.from(`\n  ${JSON.stringify(JSON.parse(newManifest().toString()), null, 3)} \n`);
  const digest = digestOf(bytes);
  const response = await answered(await repository.putManifest('1', bytes), 201);
  assertHeaders(response, {
    location: `/v2/${repository.name}/manifests/${digest}`,
    'docker-content-digest': digest,
    'content-length': '0',
    'oci-subject': null,
    'oci-tag': null,
  });
  assert.deepEqual(await bytesOf(await repository.request('GET', headerOf(response, 'location'))), bytes);
  await repository.assertServes('1', bytes);
  await repository.assertServes(digest, bytes);
});

test('end-7a: PUT by digest tags nothing', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest();
  await answered(await repository.putManifest(digestOf(bytes), bytes), 201);
  await repository.assertServes(digestOf(bytes), bytes);
  assert.deepEqual(await repository.tags(), []);
});

test('end-7a: PUT by sha512: the answer and every reading have the digest that was pushed', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest();
  const digest = digestOf(bytes, 'sha512');
  const response = await answered(await repository.putManifest(`${digest}?tag=1`, bytes), 201);
  assertHeaders(response, {
    'docker-content-digest': digest,
    location: `/v2/${repository.name}/manifests/${digest}`,
  });
  await repository.assertServes(digest, bytes);
  const byTag = await repository.request('HEAD', 'manifests/1');
  assertHeaders(byTag, { 'docker-content-digest': digest });
});

test('end-7a: a digest that is not that of the bytes is 400 DIGEST_INVALID and stores nothing', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest();
  for (const wrong of [
    absentDigest(),
    absentDigest('sha512'),
    'sha256:baddigeststring',
    `sha256:${'A'.repeat(64)}`,
  ]) {
    await refused(await repository.putManifest(wrong, bytes), 400, 'DIGEST_INVALID');
  }
  assert.equal(await repository.statusOf(`manifests/${digestOf(bytes)}`), 404);
});

test('end-7a: a tag is moved by the next PUT; the manifest it leaves stays under its digest', async () => {
  const repository = await on.artifactRepository();
  const [first, second] = [newManifest(), newManifest()];
  for (const bytes of [first, second, first, second]) {
    await answered(await repository.putManifest('latest', bytes), 201);
    await repository.assertServes('latest', bytes);
  }
  await repository.assertServes(digestOf(first), first);
  assert.deepEqual(await repository.tags(), ['latest']);
});

test('end-7a: a reference that is neither tag nor digest is 400', async () => {
  const repository = await on.artifactRepository();
  for (const tag of ['.x', '-x', 'a+b', 'a%20b', 'ä', 'a'.repeat(129), '%00', 'a@b']) {
    await refused(await repository.putManifest(tag, newManifest()), 400, 'MANIFEST_INVALID');
  }
  await answered(await repository.putManifest('a'.repeat(128), newManifest()), 201);
});

test('end-7b: ?tag= tags the manifest that often, says so in OCI-Tag, and takes ten and more', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest();
  const tags = Array.from({ length: 12 }, (_, index) => `t${index + 10}`);
  const query = tags.map((tag) => `tag=${tag}`).join('&');
  const response = await answered(await repository.putManifest(`${digestOf(bytes)}?${query}`, bytes), 201);
  assertHeaders(response, { 'oci-tag': tags.join(', '), 'docker-content-digest': digestOf(bytes) });
  assert.deepEqual(await repository.tags(), tags);
  for (const tag of tags) await repository.assertServes(tag, bytes);
});

test('end-7b: one tag of many that is not valid refuses the push and nothing is stored', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest();
  const reference = `${digestOf(bytes)}?tag=a&tag=.b`;
  await refused(await repository.putManifest(reference, bytes), 400, 'MANIFEST_INVALID');
  assert.equal(await repository.statusOf(`manifests/${digestOf(bytes)}`), 404);
});

test('end-7b: a hundred tags are taken, each named once; one more is 414 and nothing is stored', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest();
  const tags = Array.from({ length: 101 }, (_, index) => `t${String(index).padStart(3, '0')}`);
  const push = (names: readonly string[]) => {
    const query = names.map((tag) => `tag=${tag}`).join('&');
    return repository.putManifest(`${digestOf(bytes)}?${query}`, bytes);
  };
  await refused(await push(tags), 414, 'MANIFEST_INVALID');
  assert.equal(await repository.statusOf(`manifests/${digestOf(bytes)}`), 404);
  assertHeaders(await answered(await push(['a', 'b', 'a']), 201), { 'oci-tag': 'a, b' });
  const hundred = tags.slice(1);
  assertHeaders(await answered(await push(hundred), 201), { 'oci-tag': hundred.join(', ') });
  assert.deepEqual(await repository.tags(), ['a', 'b', ...hundred]);
});

test('end-7b: tags come beside the tag of the path too', async () => {
  const repository = await on.artifactRepository();
  await answered(await repository.putManifest('a?tag=b&tag=a', newManifest()), 201);
  assert.deepEqual(await repository.tags(), ['a', 'b']);
});

test('end-7a: a push under a referrers tag, which is not needed here, is taken with a Warning that clients print', async () => {
  const repository = await on.artifactRepository();
  const hex = 'a'.repeat(64);
  for (const [tag, warns] of [
    [`sha256-${hex}`, true],
    [`sha512-${hex}`, true],
    [`sha256-${hex}.sig`, false],
    ['latest', false],
  ] as const) {
    const response = await answered(await repository.putManifest(tag, newManifest()), 201);
    const warning = response.headers.get('warning');
    if (warns) assert.match(warning ?? '', /^299 - "[\x20-\x7e]+"$/);
    else assert.equal(warning, null, tag);
  }
});

test('RFC 9110 13.1.2: If-None-Match with what a tag points at is 304, after the tag moved 200', async () => {
  const repository = await on.artifactRepository();
  const [old, now] = [newManifest(), newManifest()];
  const get = (known: Buffer) =>
    repository.request('GET', 'manifests/1', { headers: { 'If-None-Match': `"${digestOf(known)}"` } });
  await repository.putManifest('1', old);
  const response = await answered(await get(old), 304);
  assertHeaders(response, { etag: `"${digestOf(old)}"`, 'docker-content-digest': digestOf(old) });
  await repository.putManifest('1', now);
  await answered(await get(old), 200);
  await answered(await get(now), 304);
});

test('end-3: Accept is ignored: what is stored is what is served', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest();
  await repository.putManifest('1', bytes);
  for (const Accept of [DOCKER_MANIFEST, 'text/html', `${OCI_INDEX}, ${DOCKER_LIST}`, '']) {
    const response = await repository.request('GET', 'manifests/1', { headers: { Accept } });
    assertHeaders(await answered(response, 200), { 'content-type': OCI_MANIFEST });
  }
});

test('end-3: an unknown manifest is 404 MANIFEST_UNKNOWN, a malformed digest 400, an unknown repository 404', async () => {
  const repository = await on.artifactRepository();
  await repository.pushImage('1');
  for (const reference of ['absent', absentDigest(), absentDigest('sha512')]) {
    await refused(await repository.request('GET', `manifests/${reference}`), 404, 'MANIFEST_UNKNOWN');
    assert.equal(await repository.statusOf(`manifests/${reference}`), 404);
  }
  for (const reference of ['sha256:baddigeststring', 'md5:x', 'sha256:']) {
    await refused(await repository.request('GET', `manifests/${reference}`), 400, 'DIGEST_INVALID');
  }
  await refused(await on.repository().request('GET', 'manifests/1'), 404, 'NAME_UNKNOWN');
});

test('oras-go #1396: a tag sha256-<hex> is a tag and never the digest it resembles', async () => {
  const repository = await on.artifactRepository();
  const [bytes, other] = [newManifest(), newManifest()];
  await repository.putManifest(digestOf(bytes), bytes);
  const tag = digestOf(bytes).replace(':', '-');
  assert.equal(await repository.statusOf(`manifests/${tag}`), 404);
  await answered(await repository.putManifest(tag, other), 201);
  await repository.assertServes(tag, other);
});

test('end-3: a manifest of one repository is unknown in another', async () => {
  const { descriptor } = await on.repository().pushImage('1');
  const other = on.repository();
  await other.pushImage('2');
  assert.equal(await other.statusOf(`manifests/${descriptor.digest}`), 404);
  assert.equal(await other.statusOf('manifests/1'), 404);
});

test('end-7a: pushing needs the scope push', async () => {
  const repository = await on.artifactRepository();
  const init = { body: new Uint8Array(newManifest()), headers: { 'Content-Type': OCI_MANIFEST } };
  await refused(await repository.as('pull,delete', 'PUT', 'manifests/1', init), 401, 'UNAUTHORIZED');
  assert.equal(await repository.statusOf('manifests/1'), 404);
  await answered(await repository.as('push', 'PUT', 'manifests/1', init), 201);
});

test('end-7a: identical manifests pushed at once all succeed, under one tag and under many', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest();
  const references = [
    ...Array(6).fill('same'),
    ...Array.from({ length: 6 }, (_, index) => `t${index}`),
    digestOf(bytes),
  ];
  const answers = await Promise.all(references.map((reference) => repository.putManifest(reference, bytes)));
  for (const response of answers) await answered(response, 201);
  await repository.assertServes('same', bytes);
  assert.equal((await repository.tags()).length, 7);
});

test('end-7a: pushes and deletes of one tag at once end in one of the states that were asked for', async () => {
  const repository = await on.artifactRepository();
  const contents = [newManifest(), newManifest(), newManifest()];
  for (let round = 0; round < 5; round += 1) {
    const answers = await Promise.all([
      ...contents.map((bytes) => repository.putManifest('latest', bytes)),
      repository.request('DELETE', 'manifests/latest'),
    ]);
    for (const { status } of answers) assert.ok([201, 202, 404].includes(status), String(status));
    const response = await repository.request('GET', 'manifests/latest');
    const isListed = (await repository.tags()).includes('latest');
    assert.equal(response.status, isListed ? 200 : 404, 'the list and the tag agree');
    if (response.status === 404) continue;
    const served = await bytesOf(response);
    assert.ok(contents.some((bytes) => bytes.equals(served)));
    assertHeaders(response, { 'docker-content-digest': digestOf(served) });
  }
});

/** A change of the tag `1` under a condition; a Buffer is pushed, undefined deletes. */
const change = (
  repository: TestRepository,
  headers: Record<string, string>,
  body: Buffer | undefined,
  reference = '1',
): Promise<Response> =>
  body
    ? repository.request('PUT', `manifests/${reference}`, {
        body: new Uint8Array(body),
        headers: { 'Content-Type': OCI_MANIFEST, ...headers },
      })
    : repository.request('DELETE', `manifests/${reference}`, { headers });

test('RFC 9110 13.1.1: If-Match on a push or a delete holds the tag to what the client read, else 412 and nothing changes', async () => {
  const repository = await on.artifactRepository();
  const [first, second] = [newManifest(), newManifest()];
  await refused(await change(repository, { 'If-Match': '*' }, first), 412, 'DENIED');
  assert.equal(await repository.statusOf(`manifests/${digestOf(first)}`), 404);
  await answered(await change(repository, { 'If-None-Match': '*' }, first), 201);
  await refused(await change(repository, { 'If-None-Match': '*' }, second), 412, 'DENIED');
  for (const body of [second, undefined]) {
    for (const wrong of [`"${digestOf(second)}"`, digestOf(first), '"x"', ''])
      await refused(await change(repository, { 'If-Match': wrong }, body), 412, 'DENIED');
  }
  await repository.assertServes('1', first);
  const current = `"${digestOf(first)}"`;
  await answered(await change(repository, { 'If-Match': `"x", ${current}` }, second), 201);
  await refused(await change(repository, { 'If-Match': current }, undefined), 412, 'DENIED');
  await refused(await change(repository, { 'If-Match': '*' }, newManifest(), '2'), 412, 'DENIED');
  await answered(await change(repository, { 'If-Match': `"${digestOf(second)}"` }, undefined), 202);
  assert.deepEqual(await repository.tags(), []);
});

test('RFC 9110 13.1.2: by digest too, and of many who push a tag only if it does not exist, one does', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest();
  const digest = digestOf(bytes);
  await answered(await change(repository, { 'If-None-Match': '*' }, bytes, digest), 201);
  await refused(await change(repository, { 'If-None-Match': '*' }, bytes, digest), 412, 'DENIED');
  await refused(
    await change(repository, { 'If-None-Match': `"${digest}"` }, undefined, digest),
    412,
    'DENIED',
  );
  await answered(await change(repository, { 'If-Match': `"${digest}"` }, undefined, digest), 202);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => change(repository, { 'If-None-Match': '*' }, newManifest(), 'once')),
  );
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [201, ...Array.from({ length: 9 }, () => 412)]);
});
