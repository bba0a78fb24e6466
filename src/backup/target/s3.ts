import { PartWriter } from '../../blobs/s3-adopt.ts';
import { S3Bucket } from '../../blobs/s3-bucket.ts';
import { parseS3Url } from '../../blobs/s3-url.ts';
import { RegistryError } from '../../errors.ts';
import {
  type BackupTarget,
  exactly,
  objectTaken,
  objectUnknown,
  type PutOptions,
  refuseObjectName,
  type TargetObject,
  targetFailed,
  targetFull,
} from './target.ts';

const MIB = 1024 * 1024;
const PART = 8 * MIB;
const MOST_PARTS = 9_000;
/** Of a stream whose length is not known beforehand: rows of several hundred gigabytes fit. */
const UNKNOWN_PART = 32 * MIB;
const RETRY_MS = 30_000;
/** Attempts that brought not one byte, in a row, after which an object counts as unreadable. */
const FRUITLESS = 3;

/** Objects of a bucket below a prefix. Credentials come from the environment; the address can hold none. */
export class S3Target implements BackupTarget {
  readonly name: string;
  readonly #bucket: S3Bucket;

  private constructor(name: string, bucket: S3Bucket) {
    this.name = name;
    this.#bucket = bucket;
  }

  static async open(url: string, retryMs = RETRY_MS): Promise<S3Target> {
    const location = locationOf(url);
    const name = `s3://${location.bucket}/${location.prefix}`;
    return new S3Target(name, await S3Bucket.connect(location, retryMs));
  }

  async put(name: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<void> {
    refuseObjectName(name);
    await this.#inWords(async () => {
      if (options.once && (await this.#bucket.head(name))) throw objectTaken(name, this.name);
      const { size } = options;
      const part = size === undefined ? UNKNOWN_PART : Math.max(PART, Math.ceil(size / MOST_PARTS));
      const parts = new PartWriter(this.#bucket, name, part, size ?? UNKNOWN_PART, options.once);
      try {
        for await (const chunk of exactly(name, bytes, options)) await parts.write(chunk);
        if (!(await parts.complete())) throw objectTaken(name, this.name);
      } catch (error) {
        await parts.abort();
        throw error;
      }
    });
  }

  /** A body that breaks off is asked for again from where it stopped. */
  async *get(name: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    refuseObjectName(name);
    let at = 0;
    let end: number | undefined;
    let tag: string | undefined;
    for (let fruitless = 0; end === undefined || at < end; ) {
      const object = await this.#inWords(() => this.#bucket.get(name, { first: at }, signal));
      if (object === undefined) throw objectUnknown(name, this.name);
      end ??= object.length;
      tag ??= object.etag;
      if (object.etag !== tag)
        throw targetFailed(this.name, `${name} was replaced while it was read`, undefined);
      const before = at;
      let failure: unknown;
      try {
        for await (const chunk of this.#chunks(object.body)) {
          signal?.throwIfAborted();
          if (!(chunk instanceof Uint8Array)) {
            failure = chunk.failure;
            break;
          }
          at += chunk.byteLength;
          yield chunk;
        }
      } finally {
        object.body.destroy();
      }
      fruitless = at > before ? 0 : fruitless + 1;
      if (at < end && fruitless >= FRUITLESS)
        throw targetFailed(this.name, `${name} cannot be read to its end`, failure);
    }
  }

  async stat(name: string): Promise<number | undefined> {
    refuseObjectName(name);
    return (await this.#inWords(() => this.#bucket.head(name)))?.size;
  }

  async *list(prefix: string): AsyncIterable<TargetObject> {
    const objects = this.#bucket.objects(prefix)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await this.#inWords(() => objects.next());
      if (done) return;
      if (!value.name.startsWith('.')) yield value;
    }
  }

  async remove(name: string): Promise<void> {
    refuseObjectName(name);
    await this.#inWords(() => this.#bucket.remove(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#bucket.close();
  }

  /** The chunks, and how the body broke off if it did: what the receiver throws is not taken for that. */
  async *#chunks(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array | { failure: unknown }> {
    const chunks = body[Symbol.asyncIterator]();
    for (;;) {
      let next: IteratorResult<Uint8Array>;
      try {
        next = await chunks.next();
      } catch (failure) {
        yield { failure };
        return;
      }
      if (next.done) return;
      yield next.value;
    }
  }

  /** The words of the blob store's bucket as those of a backup target. */
  async #inWords<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      if (error.code === 'STORAGE_FULL') throw targetFull(this.name, error);
      if (error.code === 'UNAVAILABLE' && error.reason !== undefined)
        throw targetFailed(this.name, error.reason, error);
      throw error;
    }
  }
}

const locationOf = (url: string): ReturnType<typeof parseS3Url> => {
  try {
    return parseS3Url(url);
  } catch (error) {
    const message = (error as Error).message.replace("the blob store's", "the backup target's");
    throw new RegistryError('BAD_REQUEST', { message });
  }
};
