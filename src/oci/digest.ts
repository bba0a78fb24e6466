import { createHash, type Hash, hash } from 'node:crypto';

declare const digestBrand: unique symbol;

/** `algorithm:hex`, checked. Source: OCI image-spec, descriptor.md#digests. */
export type Digest = string & { readonly [digestBrand]: true };

export type DigestAlgorithm = 'sha256' | 'sha512';

const PATTERN = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** The digest, or undefined for anything but a registered algorithm with exactly its number of lower case hex digits. */
export const parseDigest = (text: string): Digest | undefined =>
  PATTERN.test(text) ? (text as Digest) : undefined;

export const isDigestAlgorithm = (text: string): text is DigestAlgorithm =>
  text === 'sha256' || text === 'sha512';

export const algorithmOf = (digest: Digest): DigestAlgorithm => digest.slice(0, 6) as DigestAlgorithm;

export const encodedOf = (digest: Digest): string => digest.slice(7);

export const digestOf = (bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest =>
  `${algorithm}:${hash(algorithm, bytes, 'hex')}` as Digest;

/** A running digest of bytes that pass by. */
export class RunningDigest {
  readonly algorithm: DigestAlgorithm;
  readonly #hash: Hash;

  constructor(algorithm: DigestAlgorithm, hash = createHash(algorithm)) {
    this.algorithm = algorithm;
    this.#hash = hash;
  }

  /** Another one that has seen the same bytes. */
  copy(): RunningDigest {
    return new RunningDigest(this.algorithm, this.#hash.copy());
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** May be called once. */
  finish(): Digest {
    return `${this.algorithm}:${this.#hash.digest('hex')}` as Digest;
  }
}
