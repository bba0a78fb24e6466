import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { namespace, type Stand } from './stand.ts';
import { tarOf } from './tar.ts';

const digestOf = (bytes: Buffer | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Pushes a small image nobody has seen before, by no client: for what others do to an image. Returns its digest. */
export const pushImage = async (stand: Stand, repository: string, tag: string): Promise<string> => {
  const basic = Buffer.from(`iamapikey:${stand.apikey}`).toString('base64');
  const base = `${stand.registry.url}/v2/${namespace}/${repository}`;
  const send = async (method: string, url: string, type: string, body: Buffer | string): Promise<void> => {
    const headers = { Authorization: `Basic ${basic}`, 'Content-Type': type };
    const response = await fetch(url, { method, headers, body });
    if (response.status !== 201)
      throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  };
  const add = async (mediaType: string, content: Buffer | string) => {
    const digest = digestOf(content);
    await send('POST', `${base}/blobs/uploads/?digest=${digest}`, 'application/octet-stream', content);
    return { mediaType, digest, size: Buffer.byteLength(content) };
  };
  const tar = tarOf('noise', randomBytes(10_000));
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: await add(
      'application/vnd.oci.image.config.v1+json',
      JSON.stringify({ architecture, os: 'linux', config: {}, rootfs }),
    ),
    layers: [await add('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar))],
  });
  await send('PUT', `${base}/manifests/${tag}`, 'application/vnd.oci.image.manifest.v1+json', manifest);
  return digestOf(manifest);
};
