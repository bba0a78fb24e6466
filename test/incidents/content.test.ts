import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { Identities } from '../access/identities.ts';
import { headerOf } from '../spec/answers.ts';
import {
  descriptorOf,
  EMPTY,
  EMPTY_JSON,
  newBytes,
  newManifest,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../spec/content.ts';
import { newAccount } from '../spec/principals.ts';
import { stage, TestRepository } from '../spec/repository.ts';
import { basic } from '../support/registry.ts';

const on = stage();

test('CVE-2021-41190: bytes that are a manifest and an index are neither, and the header says what the body says', async () => {
  const repository = await on.artifactRepository();
  const config = descriptorOf(EMPTY, EMPTY_JSON);
  const both = { schemaVersion: 2, config, layers: [], manifests: [] };
  for (const type of [OCI_MANIFEST, OCI_INDEX]) {
    for (const mediaType of [undefined, OCI_MANIFEST, OCI_INDEX]) {
      const { status } = await repository.putManifest('v1', { ...both, mediaType }, type);
      assert.equal(status, 400, `${type} holding ${mediaType}`);
    }
  }
  assert.equal((await repository.putManifest('v1', newManifest(), OCI_INDEX)).status, 400);
});

test('CVE-2024-39897: knowing the digest of another account’s blob does not get it served, mounted or confirmed', async () => {
  const theirs = on.repository();
  const bytes = newBytes(5000);
  const digest = await theirs.pushBlob(bytes);
  const Authorization = await newAccount(on.registry, 'strangers');
  const mine = new TestRepository(on.registry, 'strangers/a');
  const ask = (method: string, path: string): Promise<Response> =>
    mine.request(method, path, { headers: { Authorization } });
  for (const method of ['GET', 'HEAD', 'DELETE']) {
    assert.equal((await ask(method, `blobs/${digest}`)).status, 404, method);
    assert.equal((await ask(method, `/v2/${theirs.name}/blobs/${digest}`)).status, 401, method);
  }
  for (const query of [`mount=${digest}`, `mount=${digest}&from=${theirs.name}`]) {
    const { status } = await ask('POST', `blobs/uploads/?${query}`);
    assert.equal(status, 202, query);
  }
  assert.equal((await ask('GET', `blobs/${digest}`)).status, 404);
  // a manifest that names it does not bring it in either
  const layers = [{ mediaType: 'application/octet-stream', digest, size: bytes.length }];
  const config = layers[0];
  const body = new Uint8Array(newManifest({ config, layers }));
  const put = await mine.request('PUT', 'manifests/v1', {
    body,
    headers: { Authorization, 'Content-Type': OCI_MANIFEST },
  });
  assert.equal(put.status, 400);
});

test('CVE-2026-31801: without the right to push no tag is written, whatever it is called and whether it is there', async () => {
  const repository = await on.artifactRepository();
  const reader = await new Identities(on.registry).holding('Reader');
  const before = newManifest();
  assert.equal((await repository.putManifest('latest', before)).status, 201);
  const Authorization = basic('iamapikey', reader.apikey);
  for (const tag of ['latest', 'new', 'v1', '_', 'sha256', 'LATEST', 'x'.repeat(128), digestOf(before)]) {
    for (const condition of [{}, { 'If-None-Match': '*' }, { 'If-Match': `"${digestOf(before)}"` }]) {
      const response = await repository.request('PUT', `manifests/${tag}`, {
        body: new Uint8Array(newManifest()),
        headers: { Authorization, 'Content-Type': OCI_MANIFEST, ...condition },
      });
      assert.equal(response.status, 401, tag);
    }
  }
  await repository.assertServes('latest', before);
  assert.deepEqual(await repository.tags(), ['latest']);
});

test('zot#4238: no path, however it is spelt, is answered with a redirect', async () => {
  const hosts = ['evil.example', '/evil.example', '\\evil.example', '%5cevil.example', '%2f%2fevil.example'];
  for (const host of hosts) {
    for (const path of [`/${host}`, `//${host}`, `/v2/${host}`, `/oauth/token?redirect_uri=//${host}`]) {
      const url = `${on.registry.url}${path}`;
      const { status, headers } = await fetch(url, { redirect: 'manual' }).catch(() => new Response());
      assert.ok(status < 300 || status >= 400, `${path}: ${status} ${headers.get('location')}`);
    }
  }
  const upload = await on
    .repository()
    .request('POST', 'blobs/uploads/', { headers: { Host: 'evil.example' } });
  assert.ok(!headerOf(upload, 'location').includes('evil'));
});
