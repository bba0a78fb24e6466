import { randomBytes } from 'node:crypto';
import { type Digest, type DigestAlgorithm, digestOf } from '../../src/oci/digest.ts';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const CONFIG = 'application/vnd.oci.image.config.v1+json';
export const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
export const EMPTY = 'application/vnd.oci.empty.v1+json';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

export const descriptorOf = (
  mediaType: string,
  bytes: Uint8Array,
  algorithm: DigestAlgorithm = 'sha256',
): Descriptor => ({ mediaType, digest: digestOf(bytes, algorithm), size: bytes.length });

/** Bytes nobody has pushed before. */
export const newBytes = (size = 100): Buffer => randomBytes(size);

/** A digest of nothing that was ever pushed. */
export const absentDigest = (algorithm: DigestAlgorithm = 'sha256'): Digest =>
  digestOf(newBytes(), algorithm);

export const jsonOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** The blob every artifact has. */
export const EMPTY_JSON = Buffer.from('{}');

/** A manifest nobody has pushed before, of no layers and the config {}; `fields` are added or replace its own. */
export const newManifest = (fields: object = {}): Buffer =>
  jsonOf({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptorOf(EMPTY, EMPTY_JSON),
    layers: [],
    nonce: newBytes(8).toString('hex'),
    ...fields,
  });
