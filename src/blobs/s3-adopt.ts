import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { algorithmOf, RunningDigest } from '../oci/digest.ts';
import type { Adopted } from './blob-store.ts';
import { digestMismatch } from './refusals.ts';
import type { PartialUpload, S3Bucket } from './s3-bucket.ts';

const MIB = 1024 * 1024;
const PART = 16 * MIB;
/** S3 takes 10,000 parts. */
const MOST_PARTS = 9_000;

/**
 * Puts bytes under a name they have had elsewhere. `fill` writes them; nothing is visible before their digest was
 * found right (else DIGEST_INVALID). One part in memory.
 */
export const adoptObject = async (
  bucket: S3Bucket,
  { key, digest, size }: Adopted,
  fill: (sink: Writable) => Promise<void>,
): Promise<void> => {
  const parts = new PartWriter(bucket, key, Math.max(PART, Math.ceil(size / MOST_PARTS)), size);
  const running = new RunningDigest(algorithmOf(digest));
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      running.update(chunk);
      parts.write(chunk).then(() => done(), done);
    },
  });
  try {
    await fill(sink);
    sink.end();
    await finished(sink);
    const actual = running.finish();
    if (actual !== digest) throw digestMismatch(actual, digest);
    await parts.complete();
  } catch (error) {
    sink.destroy();
    await parts.abort();
    throw error;
  }
};

/** Writes an object in parts: one in memory at a time, and nothing is visible before `complete`. */
export class PartWriter {
  readonly #bucket: S3Bucket;
  readonly #key: string;
  readonly #buffer: Buffer;
  readonly #etags: string[] = [];
  #filled = 0;
  #size = 0;
  readonly #ifAbsent: boolean;
  #upload: PartialUpload | undefined;

  /** `ifAbsent`: an object that is there already is not replaced. */
  constructor(bucket: S3Bucket, key: string, partBytes: number, size: number, ifAbsent = false) {
    this.#ifAbsent = ifAbsent;
    this.#bucket = bucket;
    this.#key = key;
    this.#buffer = Buffer.allocUnsafe(Math.max(1, Math.min(partBytes, size)));
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength; ) {
      if (this.#filled === this.#buffer.byteLength) await this.#send();
      const taken = chunk.subarray(at, at + this.#buffer.byteLength - this.#filled);
      this.#buffer.set(taken, this.#filled);
      this.#filled += taken.byteLength;
      this.#size += taken.byteLength;
      at += taken.byteLength;
    }
  }

  /** False where an object was there that is not to be replaced. */
  async complete(): Promise<boolean> {
    if (this.#upload === undefined) {
      const whole = this.#buffer.subarray(0, this.#filled);
      return (await this.#bucket.put(this.#key, whole, { ifAbsent: this.#ifAbsent })) !== undefined;
    }
    if (this.#filled > 0) await this.#send();
    try {
      await this.#bucket.completeUpload(this.#upload, this.#etags);
    } catch (error) {
      // the answer to a completion that was heard may have been lost
      if ((await this.#bucket.head(this.#key))?.size !== this.#size) throw error;
    }
    this.#upload = undefined;
    return true;
  }

  async abort(): Promise<void> {
    if (this.#upload) await this.#bucket.abortUpload(this.#upload).catch(() => undefined);
  }

  async #send(): Promise<void> {
    this.#upload ??= await this.#bucket.beginUpload(this.#key);
    const part = this.#buffer.subarray(0, this.#filled);
    this.#etags.push(await this.#bucket.uploadPart(this.#upload, this.#etags.length + 1, part));
    this.#filled = 0;
  }
}
