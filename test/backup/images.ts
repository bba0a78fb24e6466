import assert from 'node:assert/strict';
import { digestOf } from '../../src/oci/digest.ts';
import { answered, bytesOf } from '../spec/answers.ts';
import { CONFIG, descriptorOf, LAYER, newBytes, OCI_MANIFEST } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import type { Spoken } from '../support/registry.ts';

/** Pushes an image and answers its digest. */
export const pushImage = async (
  { url, apikey: own }: Spoken,
  name: string,
  tag: string,
  { size = 1000, apikey = own } = {},
): Promise<string> => {
  const repository = new TestRepository({ url, apikey }, name);
  const [config, layer] = [newBytes(20), newBytes(size)];
  for (const bytes of [config, layer]) await repository.pushBlob(bytes);
  const fields = { config: descriptorOf(CONFIG, config), layers: [descriptorOf(LAYER, layer)] };
  return (await repository.pushImage(tag, fields)).descriptor.digest;
};

/** Reads an image by digest, manifest and blobs, and compares every byte with its digest. */
export const pullImage = async (
  { url }: Pick<Spoken, 'url'>,
  apikey: string,
  name: string,
  digest: string,
): Promise<void> => {
  const repository = new TestRepository({ url, apikey }, name);
  const read = async (path: string): Promise<Buffer> =>
    bytesOf(
      await answered(await repository.request('GET', path, { headers: { Accept: OCI_MANIFEST } }), 200),
    );
  const bytes = await read(`manifests/${digest}`);
  assert.equal(digestOf(bytes), digest);
  const { config, layers } = JSON.parse(String(bytes));
  for (const { digest: each } of [config, ...layers])
    assert.equal(digestOf(await read(`blobs/${each}`)), each);
};
