import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../src/oci/digest.ts';
import { answered, assertHeaders, refused } from '../answers.ts';
import { descriptorOf, EMPTY, EMPTY_JSON, jsonOf, newManifest, OCI_MANIFEST } from '../content.ts';
import { stage } from '../repository.ts';

const on = stage();

test('end-9: DELETE by tag is 202 and takes the tag alone, at once', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest();
  for (const tag of ['a', 'b']) await repository.putManifest(tag, bytes);
  await repository.assertServes('a', bytes);
  assertHeaders(await answered(await repository.request('DELETE', 'manifests/a'), 202), {
    'content-length': '0',
  });
  assert.equal(await repository.statusOf('manifests/a'), 404);
  await refused(await repository.request('DELETE', 'manifests/a'), 404, 'MANIFEST_UNKNOWN');
  await repository.assertServes('b', bytes);
  await repository.assertServes(digestOf(bytes), bytes);
  assert.deepEqual(await repository.tags(), ['b']);
});

test('end-9: DELETE by digest is 202 and takes the manifest and every tag on it, at once; others stay', async () => {
  const repository = await on.artifactRepository();
  const [bytes, other] = [newManifest(), newManifest()];
  for (const tag of ['a', 'b']) await repository.putManifest(tag, bytes);
  await repository.putManifest('c', other);
  for (const reference of ['a', 'b', digestOf(bytes)]) await repository.assertServes(reference, bytes);
  await answered(await repository.request('DELETE', `manifests/${digestOf(bytes)}`), 202);
  for (const reference of ['a', 'b', digestOf(bytes)]) {
    assert.equal(await repository.statusOf(`manifests/${reference}`), 404, reference);
  }
  await refused(await repository.request('DELETE', `manifests/${digestOf(bytes)}`), 404, 'MANIFEST_UNKNOWN');
  assert.deepEqual(await repository.tags(), ['c']);
  await repository.assertServes('c', other);
  await answered(await repository.putManifest(digestOf(bytes), bytes), 201);
  assert.equal(await repository.statusOf('manifests/a'), 404, 'a tag does not come back with its manifest');
  await answered(await repository.putManifest('a', bytes), 201);
  await repository.assertServes('a', bytes);
});

test('end-9: deleting an index leaves its children; deleting in one repository leaves the other', async () => {
  const repository = await on.artifactRepository();
  const { descriptor, bytes } = await repository.pushImage();
  const index = await repository.pushIndex([descriptor], 'index');
  await answered(await repository.request('DELETE', `manifests/${index.digest}`), 202);
  await repository.assertServes(descriptor.digest, bytes);
  const [one, two] = [on.repository(), on.repository()];
  for (const each of [one, two]) await each.pushBlob(EMPTY_JSON);
  const same = jsonOf({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptorOf(EMPTY, EMPTY_JSON),
    layers: [],
  });
  for (const each of [one, two]) await answered(await each.putManifest('1', same), 201);
  await one.request('DELETE', `manifests/${digestOf(same)}`);
  await two.assertServes('1', same);
});

test('end-9: a manifest that an index lists is 405 UNSUPPORTED, naming the index; after the index it goes, and its tags never hold it', async () => {
  const repository = on.repository();
  const [one, two] = [await repository.pushImage('one'), await repository.pushImage('two')];
  const inner = await repository.pushIndex([one.descriptor, two.descriptor], 'inner');
  const outer = await repository.pushIndex([inner]);
  for (const [held, holder, tags] of [
    [one.descriptor, inner, ['inner']],
    [inner, outer, []],
  ] as const) {
    const response = await repository.request('DELETE', `manifests/${held.digest}`);
    assertHeaders(response, { allow: 'GET, HEAD, PUT' });
    const { message, detail } = await refused(response, 405, 'UNSUPPORTED');
    assert.ok(message.startsWith(`${held.digest} is needed by the manifest ${holder.digest}`), message);
    assert.deepEqual(detail.heldBy, [{ digest: holder.digest, tags }]);
  }
  assert.deepEqual(await repository.tags(), ['inner', 'one', 'two'], 'a refused delete takes no tag');
  await answered(await repository.request('DELETE', 'manifests/one'), 202);
  for (const { digest } of [outer, inner, one.descriptor, two.descriptor]) {
    await answered(await repository.request('DELETE', `manifests/${digest}`), 202);
    assert.equal(await repository.statusOf(`manifests/${digest}`), 404);
  }
});

test('end-9: a manifest that names a subject is deleted alone, and a subject takes its referrers along', async () => {
  const repository = await on.artifactRepository();
  const image = newManifest();
  await repository.putManifest('1', image);
  const signature = newManifest({ subject: descriptorOf(OCI_MANIFEST, image) });
  await repository.putManifest(digestOf(signature), signature);
  const report = newManifest({ subject: descriptorOf(OCI_MANIFEST, image), annotations: { kind: 'report' } });
  await repository.putManifest(digestOf(report), report);
  await answered(await repository.request('DELETE', `manifests/${digestOf(report)}`), 202);
  assert.equal(await repository.statusOf(`manifests/${digestOf(image)}`), 200);
  await answered(await repository.request('DELETE', `manifests/${digestOf(image)}`), 202);
  for (const gone of [image, signature])
    assert.equal(await repository.statusOf(`manifests/${digestOf(gone)}`), 404);
});

test('end-9: a manifest with more tags than one transaction takes goes with all of them', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest();
  const digest = digestOf(bytes);
  for (let round = 0; round < 11; round += 1) {
    const tags = Array.from({ length: 100 }, (_, at) => `tag=t${round}-${at}`).join('&');
    await answered(await repository.putManifest(`${digest}?${tags}`, bytes), 201);
  }
  assert.equal((await repository.tags()).length, 1000);
  assert.equal(await repository.statusOf('manifests/t10-99'), 200);
  await answered(await repository.request('DELETE', `manifests/${digest}`), 202);
  assert.deepEqual(await repository.tags(), []);
  for (const tag of ['t0-0', 't10-99']) assert.equal(await repository.statusOf(`manifests/${tag}`), 404);
});

test('end-9: a malformed reference is 400, an unknown repository 404, and deleting needs the scope delete', async () => {
  const repository = await on.artifactRepository();
  await repository.putManifest('1', newManifest());
  await refused(await repository.request('DELETE', 'manifests/sha256:bad'), 400, 'DIGEST_INVALID');
  await refused(await on.repository().request('DELETE', 'manifests/1'), 404, 'NAME_UNKNOWN');
  await refused(await repository.as('pull,push', 'DELETE', 'manifests/1'), 401, 'UNAUTHORIZED');
  await answered(await repository.as('pull,delete', 'DELETE', 'manifests/1'), 202);
});
