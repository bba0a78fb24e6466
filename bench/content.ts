/** Things to push: blobs and manifests whose content, and so whose digest, is new each time. */
import { createHash, hash, randomBytes } from 'node:crypto';
import type { Body } from './http-client.ts';

export const MEGABYTE = 1 << 20;
export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

export interface Blob extends Body {
  readonly digest: string;
}

export interface SmallBlob extends Blob {
  readonly bytes: Uint8Array;
}

export interface Image {
  readonly layers: readonly SmallBlob[];
  readonly config: SmallBlob;
  readonly manifest: Uint8Array;
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${hash('sha256', bytes, 'hex')}`;

/** `length` random bytes, which nothing can compress or has seen before. */
export const smallBlob = (length: number): SmallBlob => blobOf(randomBytes(length));

const blobOf = (bytes: Uint8Array): SmallBlob => ({
  bytes,
  length: bytes.length,
  digest: digestOf(bytes),
  pieces: () => [bytes],
});

/**
 * Makes large blobs cheaply: all begin with the same random megabyte over and over, hashed once, and end with a
 * megabyte of their own. So 256 MB of new content cost the load generator no more than hashing the last one.
 */
export class LargeBlobs {
  readonly #filler = randomBytes(MEGABYTE);
  readonly #fillers: number;
  readonly #hashed = createHash('sha256');

  constructor(megabytes: number) {
    this.#fillers = megabytes - 1;
    for (let i = 0; i < this.#fillers; i++) this.#hashed.update(this.#filler);
  }

  next(): Blob {
    const filler = this.#filler;
    const fillers = this.#fillers;
    const last = randomBytes(MEGABYTE);
    return {
      length: (fillers + 1) * MEGABYTE,
      digest: `sha256:${this.#hashed.copy().update(last).digest('hex')}`,
      *pieces() {
        for (let i = 0; i < fillers; i++) yield filler;
        yield last;
      },
    };
  }
}

/** An image of three layers of 4 KB, its config and its manifest, all new. */
export const smallImage = (): Image => {
  const layers = [smallBlob(4096), smallBlob(4096), smallBlob(4096)];
  const rootfs = { type: 'layers', diff_ids: layers.map((layer) => layer.digest) };
  const config = blobOf(
    Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs })),
  );
  const descriptor = (mediaType: string, { digest, length }: Blob) => ({ mediaType, digest, size: length });
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar+gzip', layer)),
  };
  return { layers, config, manifest: Buffer.from(JSON.stringify(manifest)) };
};
