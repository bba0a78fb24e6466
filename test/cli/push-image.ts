import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { RegistryProcess } from '../support/registry-process.ts';

export interface PushedImage {
  /** Digest of the manifest. */
  readonly digest: string;
  /** Bytes of the manifest's configuration and layer. */
  readonly size: number;
}

const digestOf = (bytes: string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Pushes an image of one layer to `namespace/repository`, under each of the tags, as its owner. */
export const pushImage = async (
  registry: RegistryProcess,
  repository: string,
  tags: readonly string[],
  { layer = 'a layer', created }: { layer?: string; created?: Date } = {},
): Promise<PushedImage> => {
  const basic = `Basic ${Buffer.from(`iamapikey:${registry.apikey}`).toString('base64')}`;
  const query = new URLSearchParams({ service: 'registry', scope: `repository:${repository}:pull,push` });
  const grant = await fetch(`${registry.url}/oauth/token?${query}`, { headers: { authorization: basic } });
  const { token } = (await grant.json()) as { token: string };
  const send = async (method: string, path: string, body: string, type: string): Promise<Response> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const response = await fetch(new URL(path, registry.url), { method, headers, body });
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
    return response;
  };
  const pushBlob = async (bytes: string) => {
    const begun = await send('POST', `/v2/${repository}/blobs/uploads/`, '', 'application/octet-stream');
    const upload = new URL(begun.headers.get('location') ?? '', registry.url);
    upload.searchParams.set('digest', digestOf(bytes));
    await send('PUT', upload.href, bytes, 'application/octet-stream');
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const settings = {
    architecture: 'amd64',
    os: 'linux',
    ...(created ? { created: created.toISOString() } : {}),
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
  };
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    ...(await pushBlob(JSON.stringify(settings))),
  };
  const content = { mediaType: 'application/vnd.oci.image.layer.v1.tar', ...(await pushBlob(layer)) };
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [content] });
  for (const tag of tags) await send('PUT', `/v2/${repository}/manifests/${tag}`, manifest, mediaType);
  return { digest: digestOf(manifest), size: config.size + content.size };
};
