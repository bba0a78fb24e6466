import type { Writable } from 'node:stream';
import type { ByteRange } from '../oci/content-range.ts';
import type { Digest } from '../oci/digest.ts';

export interface SealedBlob {
  /** The storage name: never used before, kept in the blob's row, opaque to everyone else. */
  readonly key: string;
  readonly size: number;
}

/** Sealed bytes as another store, or a backup, knows them. */
export interface Adopted {
  readonly key: string;
  readonly digest: Digest;
  readonly size: number;
}

/** The last bytes of an upload, which come with the request that ends it. */
export interface Rest {
  /** Where they begin: the staged size. */
  readonly offset: number;
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  readonly length?: number;
}

/**
 * Bytes by storage name. Nothing is visible before `seal` returns, and what it returned is durable.
 * No tenancy, no HTTP, no manifests; digests are verified here so that no caller can forget to.
 */
export interface BlobStore {
  /** Opens a staging place below `region` and returns its id; ids are unguessable and never reused. */
  begin(region: string): Promise<string>;

  /**
   * Appends `bytes` at `offset`, which must equal the staged size (else RANGE_INVALID), and returns the new
   * staged size. One writer at a time: a second append on the same id waits for or replaces nothing and is
   * refused with RANGE_INVALID. When the source fails or `signal` fires, the bytes already written stay and
   * the error is rethrown. Unknown id: BLOB_UPLOAD_UNKNOWN.
   *
   * The chunks are the store's from then on: once written, the memory of those that are whole buffers is given back.
   *
   * With `length`, a source that ends before it or goes beyond it is SIZE_INVALID, and the staging is as before.
   */
  append(
    id: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
    length?: number,
  ): Promise<number>;

  /** How many bytes are staged; undefined for an unknown id. Survives a restart of the process. */
  staged(id: string): Promise<number | undefined>;

  /**
   * Verifies the staged bytes against `digest` (else DIGEST_INVALID, the staging stays), makes them durable and
   * publishes them under a new storage name. After it, the staging id is unknown. sha256 is hashed while the bytes
   * pass; another algorithm, or bytes written by a process that is gone, cost one more read.
   *
   * `rest` is appended before, as `append` does it, and stays only if all of it succeeds: where the source fails, the
   * signal fires, the digest is another one or the process ends, the staging is as before, so that the client can send
   * the same request again.
   */
  seal(id: string, digest: Digest, rest?: Rest): Promise<SealedBlob>;

  /** Forgets a staging place; an unknown id is no error. */
  abort(id: string): Promise<void>;

  /**
   * Writes the bytes of `key` (or of `range`, which lies inside) to `sink`, honouring backpressure; does not end it.
   * Throws BLOB_UNKNOWN before the first byte if the bytes are gone. `sent` is told of each piece as the sink takes it.
   */
  send(
    key: string,
    sink: Writable,
    range?: ByteRange,
    signal?: AbortSignal,
    sent?: (bytes: number) => void,
  ): Promise<void>;

  /** Size of sealed bytes, or undefined. */
  stat(key: string): Promise<number | undefined>;

  /** Removes sealed bytes; absent bytes are no error. False: they stay, since a backup copies bytes now. */
  remove(key: string): Promise<boolean>;

  /**
   * Takes bytes over from another store under the name they have there, which is a name of any store. `fill` writes them;
   * nothing is visible before their digest was found right (else DIGEST_INVALID), and what is visible is durable.
   */
  adopt(blob: Adopted, fill: (sink: Writable) => Promise<void>): Promise<void>;

  /** All storage names below `region`, or all ids of its staging places, in no order. */
  list(region: string, what?: 'sealed' | 'staged'): AsyncIterable<string>;

  /** Answers when a write and a read would work now; throws UNAVAILABLE with the reason otherwise. */
  check(): Promise<void>;
}

/** What a store offers whose bytes are files that another program on this machine can send. */
export interface BlobFiles {
  /** Where the file of `key` lies below the folder of all bytes; undefined unless it has exactly `size` bytes. */
  fileOf(key: string, size: number): Promise<string | undefined>;
}

/** What a store offers whose bytes clients can fetch without passing through here. */
export interface BlobRedirects {
  /** The host name such addresses have, without a port. */
  readonly host: Promise<string>;

  /** An address under which every client that has it reads `key` for `seconds`, even if its rights end meanwhile. */
  address(key: string, seconds: number): Promise<string>;
}
