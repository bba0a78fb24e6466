import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ClientRoom } from '../support/clients.ts';
import { tarOf } from './tar.ts';

export interface IndexLayout {
  readonly digest: string;
  /** Of the images for each platform. */
  readonly images: readonly string[];
}

export type Algorithm = 'sha256' | 'sha512';

const platforms = ['amd64', 'arm64'] as const;

/** Writes an OCI image layout `name` in the room with an index of two platforms, whose images nobody has seen before. */
export const writeIndexLayout = (
  room: ClientRoom,
  name: string,
  tag: string,
  algorithm: Algorithm = 'sha256',
): IndexLayout => {
  const digestOf = (bytes: Buffer | string): string =>
    `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
  const write = (file: string, content: Buffer | string): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  const folder = join(room.outside, name);
  const add = (mediaType: string, content: Buffer | string) => {
    const digest = digestOf(content);
    write(join(folder, 'blobs', digest.replace(':', '/')), content);
    return { mediaType, digest, size: Buffer.byteLength(content) };
  };
  const addJson = (mediaType: string, content: object) => add(mediaType, JSON.stringify(content));
  const image = (architecture: string) => {
    const tar = tarOf('noise', randomBytes(20_000));
    const rootfs = { type: 'layers', diff_ids: [digestOf(tar)] };
    const config = { architecture, os: 'linux', config: {}, rootfs };
    const manifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: addJson('application/vnd.oci.image.config.v1+json', config),
      layers: [add('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar))],
    };
    return { ...addJson(manifest.mediaType, manifest), platform: { architecture, os: 'linux' } };
  };
  const manifests = platforms.map(image);
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = addJson(mediaType, { schemaVersion: 2, mediaType, manifests });
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  write(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...index, annotations }] }),
  );
  write(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return { digest: index.digest, images: manifests.map(({ digest }) => digest) };
};
