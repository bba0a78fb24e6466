import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { LRUCache } from 'lru-cache';
import { RegistryError } from '../errors.ts';
import type { ByteRange } from '../oci/content-range.ts';
import { algorithmOf, type Digest, RunningDigest } from '../oci/digest.ts';
import type { Adopted, BlobRedirects, BlobStore, Rest, SealedBlob } from './blob-store.ts';
import {
  isSealedObject,
  newSealedObject,
  newStagingName,
  parseStagingId,
  probeObject,
  type StagingName,
  sealedPrefixes,
  stagingIdOf,
  stagingObjects,
} from './layout.ts';
import { blobUnknown, digestMismatch, offsetInvalid, uploadBusy, uploadUnknown } from './refusals.ts';
import { adoptObject } from './s3-adopt.ts';
import { S3Bucket } from './s3-bucket.ts';
import { s3Error } from './s3-retry.ts';
import { sendObject } from './s3-send.ts';
import { S3Staging, type StagingState } from './s3-staging.ts';
import { S3Upload } from './s3-upload.ts';
import { parseS3Url } from './s3-url.ts';
import { Source } from './source.ts';
import { Turns } from './turns.ts';

const MIB = 1024 * 1024;
const CHECK_RETRY_MS = 1000;
/** Memory for the hashes and last bytes of uploads that no request writes at the moment. */
const IDLE_BYTES = 128 * MIB;
const HASH_BYTES = 4096;

export interface S3BlobStoreOptions {
  /** `s3://bucket/prefix?endpoint=…&region=…&path_style=true`; credentials come from AWS's usual chain. */
  readonly url: string;
  /** How long a request is repeated while the server does not answer or is in trouble. Default 30 s. */
  readonly retryMs?: number;
  /** Size of a part, 5 MiB or more; it grows with the upload. Default 8 MiB. */
  readonly partBytes?: number;
  /** How many appends may hold more than 256 KiB (then up to two parts) in memory at a time. Default 16. */
  readonly largeAppends?: number;
}

/**
 * Blobs as objects of a bucket, for any number of equal processes.
 *
 * Small uploads stay in their state object until they are sealed with one PutObject. Larger ones become a multipart
 * upload under the name they keep, which nothing refers to before `seal`. A process that hashed all bytes verifies
 * before it completes; another one, or another algorithm than sha256, completes first, reads the object once, and
 * makes staging of it again when the digest is wrong. Uploads that never end need the bucket's lifecycle rule
 * AbortIncompleteMultipartUpload, for a process that dies between two requests may leave one behind.
 */
export class S3BlobStore implements BlobStore, BlobRedirects, AsyncDisposable {
  readonly #bucket: S3Bucket;
  readonly #staging: S3Staging;
  readonly #partBytes: number;
  readonly #turns: Turns;
  readonly #held = new Set<string>();
  readonly #uploads = new LRUCache<string, S3Upload>({
    maxSize: IDLE_BYTES,
    sizeCalculation: ({ state }) => HASH_BYTES + state.tail.byteLength,
  });

  private constructor(bucket: S3Bucket, { partBytes = 8 * MIB, largeAppends = 16 }: S3BlobStoreOptions) {
    this.#bucket = bucket;
    this.#staging = new S3Staging(bucket);
    this.#partBytes = Math.max(partBytes, 5 * MIB);
    this.#turns = new Turns(largeAppends);
  }

  /** Connects, and finds out whether the bucket can be written and honours conditions; UNAVAILABLE otherwise. */
  static async open(options: S3BlobStoreOptions): Promise<S3BlobStore> {
    const bucket = await S3Bucket.connect(parseS3Url(options.url), options.retryMs ?? 30_000);
    try {
      await bucket.learnConditions();
      await bucket.learnIntegrity();
      return new S3BlobStore(bucket, options);
    } catch (error) {
      bucket.close();
      throw error;
    }
  }

  async begin(region: string): Promise<string> {
    const name = newStagingName(region);
    this.#keep(this.#uploadOf(name, await this.#staging.create(name)));
    return name.id;
  }

  append(
    id: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
    length?: number,
  ): Promise<number> {
    return this.#hold(id, async (name) => {
      let upload = this.#uploads.get(id);
      // What we remember may be old. If it fits the offset, the condition on the next write tells.
      if (upload?.state.size !== offset) upload = await this.#current(name);
      const { size } = upload.state;
      if (size !== offset) throw offsetInvalid(size);
      const source = new Source(bytes, signal, length);
      try {
        await upload.append(source);
      } finally {
        source.stop();
        this.#keep(upload);
      }
      return upload.state.size;
    });
  }

  async staged(id: string): Promise<number | undefined> {
    const name = parseStagingId(id);
    return name && (await this.#staging.peek(name))?.size;
  }

  seal(id: string, digest: Digest, rest?: Rest): Promise<SealedBlob> {
    return this.#hold(id, async (name) => {
      const upload = await this.#current(name);
      try {
        if (rest !== undefined) await this.#appendRest(upload, rest);
        const known = upload.digest(algorithmOf(digest));
        if (known !== undefined && known !== digest) throw digestMismatch(known, digest);
        const key = await this.#publish(upload, digest, known);
        this.#uploads.delete(id);
        return { key, size: upload.state.size };
      } catch (error) {
        await upload.takeBack().catch(() => undefined);
        this.#keep(upload);
        throw error;
      }
    });
  }

  async abort(id: string): Promise<void> {
    const name = parseStagingId(id);
    if (name === undefined) return;
    this.#uploads.delete(id);
    const state = await this.#staging.load(name);
    if (state !== undefined) await this.#uploadOf(name, state).abort();
    // the mark of one that was sealed by a process that died before it took it away
    else await this.#staging.remove(name);
  }

  async send(
    key: string,
    sink: Writable,
    range?: ByteRange,
    signal?: AbortSignal,
    sent?: (bytes: number) => void,
  ): Promise<void> {
    if (!isSealedObject(key)) throw blobUnknown();
    await sendObject(this.#bucket, key, sink, range, signal, sent);
  }

  async stat(key: string): Promise<number | undefined> {
    return isSealedObject(key) ? (await this.#bucket.head(key))?.size : undefined;
  }

  async remove(key: string): Promise<boolean> {
    if (isSealedObject(key)) await this.#bucket.remove(key);
    return true;
  }

  adopt(blob: Adopted, fill: (sink: Writable) => Promise<void>): Promise<void> {
    if (!isSealedObject(blob.key)) throw blobUnknown();
    return adoptObject(this.#bucket, blob, fill);
  }

  get host(): Promise<string> {
    return this.#bucket.publicHost();
  }

  address(key: string, seconds: number): Promise<string> {
    return this.#bucket.presign(key, seconds);
  }

  async *list(region: string, what: 'sealed' | 'staged' = 'sealed'): AsyncIterable<string> {
    if (what === 'staged') {
      for await (const key of this.#bucket.list(stagingObjects(region))) {
        const id = stagingIdOf(key);
        if (id !== undefined) yield id;
      }
      return;
    }
    for (const prefix of sealedPrefixes(region)) {
      for await (const key of this.#bucket.list(prefix)) if (isSealedObject(key)) yield key;
    }
  }

  async check(): Promise<void> {
    const bucket = this.#bucket.impatient(CHECK_RETRY_MS);
    const [name, bytes] = [probeObject(), randomBytes(16)];
    try {
      await bucket.put(name, bytes);
      const object = await bucket.get(name);
      const read = object && (await buffer(object.body));
      await bucket.remove(name);
      if (!read?.equals(bytes)) throw new Error('what was written is not what is read');
    } catch (error) {
      const { reason } = s3Error(error);
      throw new RegistryError('UNAVAILABLE', { ...(reason === undefined ? {} : { reason }), cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#uploads.clear();
    this.#bucket.close();
  }

  async #appendRest(upload: S3Upload, { offset, bytes, signal, length }: Rest): Promise<void> {
    const { size } = upload.state;
    if (size !== offset) throw offsetInvalid(size);
    const source = new Source(bytes, signal, length);
    try {
      await upload.appendRest(source);
    } finally {
      source.stop();
    }
  }

  #uploadOf(name: StagingName, state: StagingState): S3Upload {
    return new S3Upload(name, state, {
      bucket: this.#bucket,
      staging: this.#staging,
      partBytes: this.#partBytes,
      turn: () => this.#turns.take(),
    });
  }

  #keep(upload: S3Upload): void {
    // The cache measures only what it did not hold before.
    this.#uploads.delete(upload.name.id);
    if (!upload.broken) this.#uploads.set(upload.name.id, upload);
  }

  /** One writer at a time in this process; conditions on the state object see to the other processes. */
  async #hold<T>(id: string, work: (name: StagingName) => Promise<T>): Promise<T> {
    const name = parseStagingId(id);
    if (name === undefined) throw uploadUnknown();
    if (this.#held.has(id)) throw uploadBusy();
    this.#held.add(id);
    try {
      return await work(name);
    } finally {
      this.#held.delete(id);
    }
  }

  /** The upload as it is in the bucket now, with what we remember of it if no other process wrote it since. */
  async #current(name: StagingName): Promise<S3Upload> {
    const remembered = this.#uploads.get(name.id);
    if (remembered !== undefined && (await this.#staging.peek(name))?.etag === remembered.state.etag)
      return remembered;
    this.#uploads.delete(name.id);
    const state = await this.#staging.load(name);
    if (state === undefined) throw uploadUnknown();
    const upload = this.#uploadOf(name, state);
    this.#keep(upload);
    return upload;
  }

  async #publish(upload: S3Upload, digest: Digest, known: Digest | undefined): Promise<string> {
    const { parts, tail } = upload.state;
    if (parts === undefined) {
      const key = newSealedObject(upload.name.region);
      await this.#bucket.put(key, tail);
      await this.#staging.remove(upload.name);
      return key;
    }
    const { key } = parts.upload;
    const sure = await upload.complete(parts);
    if (!sure || known === undefined) await this.#verify(upload, key, digest);
    // From here on the key belongs to this caller alone: another process that seals the same upload is told it is gone.
    await this.#staging.finish(upload.name, upload.state);
    await this.#staging.remove(upload.name).catch(() => undefined);
    return key;
  }

  async #verify(upload: S3Upload, key: string, digest: Digest): Promise<void> {
    const running = new RunningDigest(algorithmOf(digest));
    const hashing = new Writable({
      write(chunk: Uint8Array, _encoding, done) {
        running.update(chunk);
        done();
      },
    });
    await sendObject(this.#bucket, key, hashing, undefined, undefined);
    const actual = running.finish();
    if (actual === digest) return;
    await upload.reopen(key, actual);
    this.#keep(upload);
    throw digestMismatch(actual, digest);
  }
}
