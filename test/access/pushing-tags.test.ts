/** What a policy that names a tag gives to those who push and delete: docs/decisions/0047-rights-on-tags.md. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { jsonOf, newBytes, OCI_INDEX, OCI_MANIFEST } from '../spec/content.ts';
import { type PushedImage, stage, type TestRepository } from '../spec/repository.ts';
import type { Holder } from './identities.ts';
import { type Condition, TagHolders } from './tag-holders.ts';

const on = stage();
const holders = new TagHolders(on);
const newRepository = () => holders.repository();
const holding = (role: string, ...conditions: readonly Condition[]) => holders.holding(role, ...conditions);
const as = (holder: Holder, method: string, path: string, init: RequestInit = {}) =>
  holders.as(holder, method, path, init);
const statusOf = (holder: Holder, method: string, path: string) => holders.statusOf(holder, method, path);

describe('a right to push the tags dev-*', () => {
  const DEV: Condition = ['tag', 'stringMatch', 'dev-*'];
  let repository: TestRepository;
  let writer: Holder;
  let prod: PushedImage;
  before(async () => {
    repository = newRepository();
    writer = await holding('Writer', DEV, ['repository', 'stringEquals', repository.name]);
    prod = await repository.pushImage('prod-1');
  });

  const put = (reference: string, content: object): Promise<Response> =>
    as(writer, 'PUT', `${repository.name}/manifests/${reference}`, {
      body: new Uint8Array(jsonOf(content)),
      headers: { 'Content-Type': (content as { mediaType: string }).mediaType },
    });

  /** Uploads as a client does: it looks first whether the blob is there. */
  const pushBlob = async (bytes: Buffer): Promise<void> => {
    const digest = digestOf(bytes);
    const { name } = repository;
    assert.equal(await statusOf(writer, 'HEAD', `${name}/blobs/${digest}`), 404);
    const begun = await as(writer, 'POST', `${name}/blobs/uploads/`);
    assert.equal(begun.status, 202);
    const location = begun.headers.get('location') ?? '';
    const finished = await as(writer, 'PUT', `${location.replace('/v2/', '')}?digest=${digest}`, {
      body: new Uint8Array(bytes),
    });
    assert.equal(finished.status, 201);
    // docker looks again
    assert.equal(await statusOf(writer, 'HEAD', `${name}/blobs/${digest}`), 200);
  };

  const image = async (more: object = {}) => {
    const [config, layer] = [jsonOf({ nonce: randomUUID() }), newBytes()];
    for (const bytes of [config, layer]) await pushBlob(bytes);
    const describe = (mediaType: string, bytes: Buffer) => ({
      mediaType,
      digest: digestOf(bytes),
      size: bytes.length,
    });
    return {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: describe('application/vnd.oci.image.config.v1+json', config),
      layers: [describe('application/vnd.oci.image.layer.v1.tar', layer)],
      ...more,
    };
  };

  test('pushes an image and an index with its children to those tags, and pulls it again', async () => {
    const content = await image();
    assert.equal((await put('dev-1', content)).status, 201);
    const child = await image();
    const bytes = jsonOf(child);
    assert.equal((await put(digestOf(bytes), child)).status, 201);
    const manifests = [{ mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length }];
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
    assert.equal((await put('dev-multi', index)).status, 201);
    const { name } = repository;
    for (const path of ['manifests/dev-1', 'manifests/dev-multi', `manifests/${digestOf(bytes)}`])
      assert.equal(await statusOf(writer, 'GET', `${name}/${path}`), 200, path);
    assert.equal(await statusOf(writer, 'GET', `${name}/blobs/${child.config.digest}`), 200);
  });

  test('is told with HEAD of every blob of the repository, and sent the bytes of those alone that its tags reach', async () => {
    const path = `${repository.name}/blobs/${prod.config.digest}`;
    assert.deepEqual([await statusOf(writer, 'HEAD', path), await statusOf(writer, 'GET', path)], [200, 404]);
  });

  test('pushes to no other tag, neither by its name nor beside one of those, and moves none', async () => {
    const content = await image();
    for (const reference of ['prod-1', 'new', 'dev-2?tag=prod-1', `${digestOf(jsonOf(content))}?tag=prod-1`])
      assert.equal((await put(reference, content)).status, 401, reference);
    const head = await repository.request('HEAD', 'manifests/prod-1');
    assert.equal(head.headers.get('docker-content-digest'), prod.descriptor.digest);
    assert.equal((await repository.request('HEAD', 'manifests/dev-2')).status, 404);
    assert.equal((await put('dev-2?tag=dev-3', content)).status, 201);
  });

  test('attaches referrers to what those tags reach, and to nothing else', async () => {
    const own = await image();
    assert.equal((await put('dev-subject', own)).status, 201);
    const bytes = jsonOf(own);
    const subject = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length };
    const signature = await image({ subject });
    assert.equal((await put(digestOf(jsonOf(signature)), signature)).status, 201);
    const foreign = await image({ subject: prod.descriptor });
    for (const reference of [digestOf(jsonOf(foreign)), 'dev-signature'])
      assert.equal((await put(reference, foreign)).status, 401, reference);
    const response = await repository.request('GET', `referrers/${prod.descriptor.digest}`);
    assert.deepEqual(((await response.json()) as { manifests: object[] }).manifests, []);
  });

  test('deletes those tags, and by digest only what bears no other tag', async () => {
    const { name } = repository;
    const both = await repository.pushImage('dev-both');
    await repository.putManifest('prod-both', both.bytes);
    const own = await repository.pushImage('dev-own');
    const untagged = await repository.pushImage();
    const remove = (reference: string) => statusOf(writer, 'DELETE', `${name}/manifests/${reference}`);
    assert.equal(await remove('prod-both'), 401);
    assert.equal(await remove(both.descriptor.digest), 401);
    assert.equal(await remove(untagged.descriptor.digest), 401);
    assert.equal(await remove(digestOf(newBytes())), 401);
    assert.equal(await remove('dev-both'), 202);
    assert.equal(await remove('dev-none'), 404);
    assert.equal(await remove(own.descriptor.digest), 202);
    assert.equal(await statusOf(writer, 'DELETE', `${name}/blobs/${own.config.digest}`), 401);
    assert.equal((await repository.request('GET', 'manifests/prod-both')).status, 200);
  });
});
