import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ClientRoom } from '../support/clients.ts';

/** What a test is about to push: three layers made from nothing but busybox, unlike any other image ever made. */
export interface ImageSource {
  /** What a container of it prints. */
  readonly greeting: string;
  /** A folder with a Dockerfile and the files of each layer, as the clients see it. */
  readonly context: string;
  /** Its layers as tar files, from the bottom up, as the clients see them. */
  readonly tars: readonly string[];
}

const layers = ['programs', 'greeting', 'data'] as const;

const dockerfile = `FROM scratch
${layers.map((layer) => `COPY ${layer}/ /`).join('\n')}
CMD ["/bin/cat", "/etc/greeting"]
`;

const write = (file: string, content: string | Buffer): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
};

/** Lays the layers of a fresh image out in a client's room. */
export const makeImageSource = (room: ClientRoom): ImageSource => {
  const greeting = `hello from ${randomUUID()}`;
  const folder = mkdtempSync(join(room.outside, 'image-'));
  const programs = join(folder, 'programs/bin');
  mkdirSync(programs, { recursive: true });
  copyFileSync(join(room.tree, 'usr/bin/busybox'), join(programs, 'busybox'));
  for (const name of ['sh', 'cat']) symlinkSync('busybox', join(programs, name));
  write(join(folder, 'greeting/etc/greeting'), `${greeting}\n`);
  write(join(folder, 'data/data/noise'), randomBytes(300_000));
  write(join(folder, 'Dockerfile'), dockerfile);
  for (const layer of layers) {
    execFileSync('tar', ['-C', join(folder, layer), '-cf', join(folder, `${layer}.tar`), '.']);
  }
  const context = join(room.home, basename(folder));
  return { greeting, context, tars: layers.map((layer) => join(context, `${layer}.tar`)) };
};

const digestOf = (bytes: Buffer | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Writes the source as an OCI image layout `name` in the room, tagged `tag`; returns the manifest's digest. */
export const writeImageLayout = (
  room: ClientRoom,
  { tars }: ImageSource,
  name: string,
  tag: string,
): string => {
  const folder = join(room.outside, name);
  const add = (mediaType: string, content: Buffer | string) => {
    const digest = digestOf(content);
    write(join(folder, 'blobs', digest.replace(':', '/')), content);
    return { mediaType, digest, size: Buffer.byteLength(content) };
  };
  const tarBytes = tars.map((tar) => readFileSync(join(room.tree, tar)));
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Cmd: ['/bin/cat', '/etc/greeting'] },
    rootfs: { type: 'layers', diff_ids: tarBytes.map(digestOf) },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: add('application/vnd.oci.image.config.v1+json', JSON.stringify(config)),
    layers: tarBytes.map((tar) => add('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar))),
  };
  const described = add(manifest.mediaType, JSON.stringify(manifest));
  const index = {
    schemaVersion: 2,
    manifests: [{ ...described, annotations: { 'org.opencontainers.image.ref.name': tag } }],
  };
  write(join(folder, 'index.json'), JSON.stringify(index));
  write(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return described.digest;
};
