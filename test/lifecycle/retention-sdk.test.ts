import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import ContainerRegistry from '@ibm-cloud/ibm-container-registry/dist/container-registry/v1.js';
import { IamAuthenticator } from 'ibm-cloud-sdk-core';
import { makeCertificate, trust } from '../support/certificate.ts';
import { RetentionWorld } from './retained.ts';

/** IBM's own client for Node, unmodified, over TLS: its operations on retention policies. */
suite('IBM’s container-registry SDK: retentions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-sdk-'));
  let world: RetentionWorld;
  let client: ContainerRegistry;

  before(async () => {
    const { certFile, keyFile } = makeCertificate(folder);
    trust({ certFile, keyFile });
    world = await RetentionWorld.open({
      env: { TIDEGATE_TLS_CERT: certFile, TIDEGATE_TLS_KEY: keyFile },
    });
    const { registry } = world;
    const authenticator = new IamAuthenticator({ apikey: registry.apikey, url: registry.url });
    client = new ContainerRegistry({ account: registry.accountId, authenticator, serviceUrl: registry.url });
  });
  after(async () => {
    await world[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a policy is analyzed, set, read and listed, and taken away as Terraform does', async () => {
    const old = await world.image(9, ['1']);
    await world.image(1, ['2']);
    const policy = { namespace: 'birds', imagesPerRepo: 1, retainUntagged: true };
    const name = `${world.registry.host}/birds/robin`;
    const analyzed = await client.analyzeRetentionPolicy(policy);
    assert.equal(analyzed.status, 200);
    assert.deepEqual(analyzed.result, { [name]: [`${name}@${old}`] });
    assert.equal((await client.setRetentionPolicy(policy)).status, 201);
    assert.equal((await world.ended()).deleted, 1);
    const read = await client.getRetentionPolicy({ namespace: 'birds' });
    assert.equal(read.status, 200);
    const { namespace, images_per_repo, retain_untagged } = read.result;
    assert.deepEqual([namespace, images_per_repo, retain_untagged], ['birds', 1, true]);
    const listed = await client.listRetentionPolicies({});
    assert.equal(listed.status, 200);
    assert.deepEqual(Object.keys(listed.result), ['birds']);
    assert.deepEqual((await client.analyzeRetentionPolicy(policy)).result, {});
    const gone = { namespace: 'birds', imagesPerRepo: -1, retainUntagged: true };
    assert.equal((await client.setRetentionPolicy(gone)).status, 201);
    assert.equal((await client.getRetentionPolicy({ namespace: 'birds' })).result.images_per_repo, -1);
  });

  test('a namespace that is not there is 404, and a policy without a number is IBM’s default', async () => {
    const missing = await client.getRetentionPolicy({ namespace: 'nowhere' }).then(
      () => undefined,
      (error: { status?: number }) => error.status,
    );
    assert.equal(missing, 404);
    assert.deepEqual((await client.analyzeRetentionPolicy({ namespace: 'birds' })).result, {});
  });
});
