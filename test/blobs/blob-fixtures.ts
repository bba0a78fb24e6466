import assert from 'node:assert/strict';
import { createCipheriv, randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import type { BlobStore } from '../../src/blobs/blob-store.ts';
import { type ErrorCode, RegistryError } from '../../src/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';

/** Opens the same storage again each time, as a restarted process would. */
export type OpenStore = () => Promise<BlobStore & AsyncDisposable>;

export const MIB = 1024 * 1024;

const NOISE_BYTES = 32 * MIB;
const NOISE = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16)).update(
  Buffer.alloc(NOISE_BYTES),
);

/** `size` bytes that look random and are the same on every run. */
export const noise = (size: number, from = 0): Buffer => {
  assert.ok(from + size <= NOISE_BYTES, 'more noise than there is');
  return NOISE.subarray(from, from + size);
};

/** `bytes` as a source of chunks. Each is a copy: the store frees the memory of the chunks it was given. */
export async function* chunks(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield new Uint8Array(bytes.subarray(at, at + size));
}

/** A source that gives `bytes`, then fails. */
export async function* cutOff(bytes: Uint8Array, error: Error, size?: number): AsyncGenerator<Uint8Array> {
  yield* chunks(bytes, size);
  throw error;
}

interface StallingSource {
  readonly source: AsyncIterable<Uint8Array>;
  /** Settles when all bytes are given. */
  readonly stalled: Promise<void>;
  goOn(): void;
}

/** A source that gives `bytes`, then waits until it is let go on. */
export const stalling = (bytes: Uint8Array): StallingSource => {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* chunks(bytes);
    reached.resolve();
    await gate.promise;
  }
  return { source: source(), stalled: reached.promise, goOn: () => gate.resolve() };
};

/** A stream that keeps what it is given; `pace` runs before each chunk is done. */
export class Collector extends Writable {
  readonly received: Buffer[] = [];
  /** The most that ever waited in the stream, in bytes. */
  mostWaiting = 0;
  readonly #pace: () => Promise<unknown>;

  constructor(pace: () => Promise<unknown> = () => Promise.resolve()) {
    super({ highWaterMark: 16 * 1024 });
    this.#pace = pace;
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.mostWaiting = Math.max(this.mostWaiting, this.writableLength);
    this.#pace().then(() => {
      // Copied only now: a buffer that was reused too early shows as wrong bytes.
      this.received.push(Buffer.from(chunk));
      done();
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.received);
  }
}

export const refusedWith =
  (code: ErrorCode) =>
  (error: unknown): boolean => {
    if (!(error instanceof RegistryError)) throw error;
    assert.equal(error.code, code);
    return true;
  };

export const newRegion = (): string => `r-${randomUUID().slice(0, 8)}`;

export const readBlob = async (
  store: BlobStore,
  key: string,
  first?: number,
  last?: number,
): Promise<Buffer> => {
  const sink = new Collector();
  await store.send(key, sink, first === undefined || last === undefined ? undefined : { first, last });
  assert.equal(sink.writableEnded, false, 'send must leave the end to its caller');
  return sink.bytes;
};

export const pushBlob = async (store: BlobStore, region: string, bytes: Uint8Array): Promise<string> => {
  const id = await store.begin(region);
  await store.append(id, 0, chunks(bytes));
  return (await store.seal(id, digestOf(bytes))).key;
};

export const keysOf = async (store: BlobStore, region: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const key of store.list(region)) keys.push(key);
  return keys.sort();
};
