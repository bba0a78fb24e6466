import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import ContainerRegistry from '@ibm-cloud/ibm-container-registry/dist/container-registry/v1.js';
import { IamAuthenticator } from 'ibm-cloud-sdk-core';
import { OCI_MANIFEST } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { makeCertificate, trust } from '../support/certificate.ts';
import { TestRegistry } from '../support/registry.ts';

/** IBM's own client for Node, unmodified, over TLS: every operation on images. */
suite('IBM’s container-registry SDK, v1: images', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-sdk-'));
  let registry: TestRegistry;
  let sdk: ContainerRegistry;
  let repository: TestRepository;

  before(async () => {
    const { certFile, keyFile } = makeCertificate(folder);
    trust({ certFile, keyFile });
    registry = await TestRegistry.start({ env: { TIDEGATE_TLS_CERT: certFile, TIDEGATE_TLS_KEY: keyFile } });
    await registry.namespaceAdd('birds');
    const authenticator = new IamAuthenticator({ apikey: registry.apikey, url: registry.url });
    sdk = new ContainerRegistry({ authenticator, serviceUrl: registry.url, account: registry.accountId });
    repository = new TestRepository(registry, 'birds/nested/robin');
  });
  after(async () => {
    await registry[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const named = (tag: string): string => `${registry.host}/${repository.name}:${tag}`;

  const statusOf = (call: Promise<unknown>): Promise<number | undefined> =>
    call.then(
      () => undefined,
      (error: { status?: number }) => error.status,
    );

  test('listImages: tagged images with all filters', async () => {
    const image = await repository.pushImage('1');
    const list = await sdk.listImages({
      namespace: 'birds',
      includeIbm: false,
      includePrivate: true,
      includeManifestLists: true,
      vulnerabilities: true,
      repository: `${registry.host}/${repository.name}`,
    });
    assert.equal(list.status, 200);
    const [found] = list.result;
    assert.deepEqual(found?.RepoTags, [named('1')]);
    assert.deepEqual(found?.DigestTags, { [image.descriptor.digest]: [named('1')] });
    assert.equal(found?.ManifestType, OCI_MANIFEST);
  });

  test('listImageDigests: digests with their tags, tagged or not', async () => {
    const image = await repository.pushImage('digests');
    const list = await sdk.listImageDigests({
      excludeTagged: false,
      excludeVa: true,
      includeIbm: false,
      repositories: [`${registry.host}/${repository.name}`],
    });
    assert.equal(list.status, 200);
    const found = list.result.find(({ id }) => id === image.descriptor.digest);
    assert.equal(found?.manifestType, OCI_MANIFEST);
    assert.equal(typeof found?.created, 'number');
    assert.deepEqual(Object.keys(found?.repoTags?.[`${registry.host}/${repository.name}`]), ['digests']);
    assert.equal((await sdk.listImageDigests()).status, 200);
  });

  test('inspectImage and getImageManifest: by tag and by digest', async () => {
    const image = await repository.pushImage('inspected');
    const { digest } = image.descriptor;
    for (const name of [named('inspected'), `${registry.host}/${repository.name}@${digest}`]) {
      const inspection = await sdk.inspectImage({ image: name });
      assert.equal(inspection.status, 200);
      assert.equal(inspection.result.Architecture, 'amd64');
      assert.equal(inspection.result.Id, image.config.digest);
      assert.ok(!Number.isNaN(Date.parse(inspection.result.Created ?? '')));
      const manifest = await sdk.getImageManifest({ image: name });
      assert.equal(manifest.status, 200);
      assert.deepEqual(manifest.result, JSON.parse(image.bytes.toString()));
    }
    assert.equal(await statusOf(sdk.inspectImage({ image: named('absent') })), 404);
  });

  test('tagImage and deleteImageTag: 201 and 200, and the digest stays', async () => {
    const image = await repository.pushImage('source');
    const tagged = await sdk.tagImage({ fromimage: named('source'), toimage: named('target') });
    assert.equal(tagged.status, 201);
    await repository.assertServes('target', image.bytes);
    const untagged = await sdk.deleteImageTag({ image: named('source') });
    assert.deepEqual([untagged.status, untagged.result], [200, { Untagged: named('source') }]);
    assert.equal(await repository.statusOf('manifests/source'), 404);
    await repository.assertServes('target', image.bytes);
    assert.equal(await statusOf(sdk.deleteImageTag({ image: named('source') })), 404);
  });

  test('deleteImage, listDeletedImages, restoreTags and restoreImage: an image goes to the trash and comes back', async () => {
    const image = await repository.pushImage('deleted');
    const { digest } = image.descriptor;
    const byDigest = `${registry.host}/${repository.name}@${digest}`;
    const deleted = await sdk.deleteImage({ image: named('deleted') });
    assert.equal(deleted.status, 200);
    assert.partialDeepStrictEqual(deleted.result, { Untagged: named('deleted'), deleted: byDigest });
    const trash = await sdk.listDeletedImages({ namespace: 'birds' });
    assert.equal(trash.status, 200);
    const entry = (trash.result as Record<string, { daysUntilExpiry: number; tags: string[] }>)[byDigest];
    assert.deepEqual([entry?.daysUntilExpiry, entry?.tags], [30, [named('deleted')]]);
    const restored = await sdk.restoreTags({ digest: byDigest });
    assert.equal(restored.status, 200);
    assert.deepEqual(restored.result, { successful: [named('deleted')], unsuccessful: [] });
    await repository.assertServes('deleted', image.bytes);
    for (const name of [named('deleted'), byDigest]) {
      await sdk.deleteImage({ image: byDigest });
      assert.equal((await sdk.restoreImage({ image: name })).status, 200);
      await repository.assertServes('deleted', image.bytes);
    }
    assert.equal(await statusOf(sdk.restoreImage({ image: named('deleted') })), 404);
    await sdk.deleteImage({ image: byDigest });
    await repository.pushImage('deleted');
    assert.equal(await statusOf(sdk.restoreImage({ image: named('deleted') })), 409);
  });

  test('bulkDeleteImages: 200 with what went, and with the reason for what did not', async () => {
    await repository.pushImage('bulk');
    const { status, result } = await sdk.bulkDeleteImages({ bulkDelete: [named('bulk'), named('absent')] });
    assert.equal(status, 200);
    assert.deepEqual(result.success, [named('bulk')]);
    assert.equal((result.error as Record<string, { code: string }>)[named('absent')]?.code, 'CRG0004E');
  });
});
