import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { digestOf } from '../../src/oci/digest.ts';
import { basic } from '../support/registry.ts';
import type { RegistryProcess } from '../support/registry-process.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** Pushes an image and answers its digest. */
export const pushImage = async (
  registry: RegistryProcess,
  repository: string,
  tag: string,
  { size = 1000, apikey = registry.apikey } = {},
): Promise<string> => {
  const headers = { Authorization: basic('iamapikey', apikey) };
  const blobs = [randomBytes(20), randomBytes(size)];
  for (const bytes of blobs) {
    const put = await fetch(`${registry.url}/v2/${repository}/blobs/uploads/?digest=${digestOf(bytes)}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(bytes),
    });
    assert.equal(put.status, 201, await put.text());
  }
  const [config, layer] = blobs.map((bytes) => ({
    mediaType: 'application/octet-stream',
    digest: digestOf(bytes),
    size: bytes.length,
  }));
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] });
  const put = await fetch(`${registry.url}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { ...headers, 'Content-Type': MANIFEST },
    body: manifest,
  });
  assert.equal(put.status, 201, await put.text());
  return digestOf(Buffer.from(manifest));
};

/** Reads an image by digest, manifest and blobs, and compares every byte with its digest. */
export const pullImage = async (
  registry: RegistryProcess,
  apikey: string,
  repository: string,
  digest: string,
): Promise<void> => {
  const headers = { Authorization: basic('iamapikey', apikey), Accept: MANIFEST };
  const answer = await fetch(`${registry.url}/v2/${repository}/manifests/${digest}`, { headers });
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(answer.status, 200, String(bytes));
  assert.equal(digestOf(bytes), digest);
  const { config, layers } = JSON.parse(String(bytes));
  for (const { digest: each } of [config, ...layers]) {
    const blob = await fetch(`${registry.url}/v2/${repository}/blobs/${each}`, { headers });
    assert.equal(digestOf(Buffer.from(await blob.arrayBuffer())), each);
  }
};
