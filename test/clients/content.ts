import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RegistryProcess } from '../support/registry-process.ts';

/** An image as bytes: the manifest it begins with, and everything reachable from there, each hashed by us. */
export interface Content {
  readonly digest: string;
  /** Length by digest, of manifests and blobs. */
  readonly sizes: ReadonlyMap<string, number>;
  /** The digests of the unpacked layers, from the bottom up, by the digest of the configuration that lists them. */
  readonly layersOf: ReadonlyMap<string, readonly string[]>;
}

interface Descriptor {
  digest: string;
}

interface Manifest {
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: Descriptor[];
}

interface Config {
  rootfs?: { diff_ids: string[] };
}

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

type Read = (kind: 'manifests' | 'blobs', reference: string) => Promise<Buffer>;

/** Walks an image from its reference, and fails where bytes do not match the digest they are known by. */
const walk = async (read: Read, reference: string): Promise<Content> => {
  const sizes = new Map<string, number>();
  const layersOf = new Map<string, readonly string[]>();
  const take = async (kind: 'manifests' | 'blobs', wanted: string) => {
    const bytes = await read(kind, wanted);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (wanted.startsWith('sha256:')) assert.equal(digest, wanted, `${kind} ${wanted} has other bytes`);
    sizes.set(digest, bytes.length);
    return { digest, bytes };
  };
  const descend = async (manifestReference: string): Promise<string> => {
    const { digest, bytes } = await take('manifests', manifestReference);
    const manifest = JSON.parse(bytes.toString()) as Manifest;
    for (const child of manifest.manifests ?? []) await descend(child.digest);
    for (const layer of manifest.layers ?? []) await take('blobs', layer.digest);
    if (manifest.config) {
      const config = await take('blobs', manifest.config.digest);
      layersOf.set(config.digest, (JSON.parse(config.bytes.toString()) as Config).rootfs?.diff_ids ?? []);
    }
    return digest;
  };
  return { digest: await descend(reference), sizes, layersOf };
};

/** An image as the registry gives it away, read with the owner's API key. */
export const contentInRegistry = async (
  registry: RegistryProcess,
  repository: string,
  reference: string,
): Promise<Content> => {
  const basic = Buffer.from(`iamapikey:${registry.apikey}`).toString('base64');
  const query = new URLSearchParams({ service: 'registry', scope: `repository:${repository}:pull` });
  const grant = await fetch(`${registry.url}/oauth/token?${query}`, {
    headers: { Authorization: `Basic ${basic}` },
  });
  const { token } = (await grant.json()) as { token: string };
  const headers = { Authorization: `Bearer ${token}`, Accept: accept };
  return walk(async (kind, wanted) => {
    const response = await fetch(`${registry.url}/v2/${repository}/${kind}/${wanted}`, { headers });
    assert.equal(response.status, 200, `GET ${kind}/${wanted} of ${repository}`);
    return Buffer.from(await response.arrayBuffer());
  }, reference);
};

/** An image as it lies in an OCI image layout with one image in it; `folder` as this machine sees it. */
export const contentInLayout = (folder: string): Promise<Content> => {
  const [image] = (JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Required<Manifest>)
    .manifests;
  assert.ok(image, `${folder} holds an image`);
  return walk(
    async (_, wanted) => readFileSync(join(folder, 'blobs', wanted.replace(':', '/'))),
    image.digest,
  );
};
