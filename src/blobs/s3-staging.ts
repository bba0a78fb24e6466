import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { RegistryError } from '../errors.ts';
import { type StagingName, stagingObject } from './layout.ts';
import { uploadUnknown } from './refusals.ts';
import type { PartialUpload, S3Bucket } from './s3-bucket.ts';
import { s3Error } from './s3-retry.ts';

/** A multipart upload and the ETags of the parts that count, in order from part 1. */
export interface Parts {
  readonly upload: PartialUpload;
  readonly etags: readonly string[];
}

/** All that is known of an upload. S3 takes no part below 5 MiB but the last, so the last bytes wait here. */
export interface StagingContent {
  /** Bytes in parts and tail. */
  readonly size: number;
  readonly parts: Parts | undefined;
  readonly tail: Uint8Array;
}

/** One version of an upload's state, as it lies in the bucket. */
export interface StagingState extends StagingContent {
  readonly etag: string;
}

interface Header {
  readonly version: 1;
  /** New with every write: it makes ETags unique, and tells a writer whose answer was lost that the write was its own. */
  readonly writer: string;
  readonly size: number;
  readonly parts?: Parts;
}

const NEWLINE = 0x0a;

const encode = (header: Header, tail: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), tail]);

const headerOf = (writer: string, { size, parts }: StagingContent): Header => ({
  version: 1,
  writer,
  size,
  ...(parts === undefined ? {} : { parts }),
});

/**
 * The state of uploads: one object each, a line of JSON and the tail. It is only ever replaced on the condition
 * that it is still the version the writer knows, so of two replicas that append at one offset one wins.
 */
export class S3Staging {
  readonly #bucket: S3Bucket;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
  }

  async create(name: StagingName): Promise<StagingState> {
    const content: StagingContent = { size: 0, parts: undefined, tail: new Uint8Array(0) };
    const body = encode(headerOf(randomUUID(), content), content.tail);
    const etag = await this.#bucket.put(stagingObject(name), body, { metadata: { size: '0' } });
    return { ...content, etag: etag ?? '' };
  }

  async load(name: StagingName): Promise<StagingState | undefined> {
    return (await this.#read(name))?.state;
  }

  /** The version there is now, and how many bytes it stages; undefined when there is none, or it is sealed. */
  async peek(name: StagingName): Promise<{ etag: string; size: number } | undefined> {
    const object = await this.#bucket.head(stagingObject(name));
    const size = object?.metadata.size;
    return object === undefined || size === undefined ? undefined : { etag: object.etag, size: Number(size) };
  }

  /** Replaces `known`. RANGE_INVALID when another writer was faster, BLOB_UPLOAD_UNKNOWN when the upload is gone. */
  async commit(name: StagingName, known: StagingState, content: StagingContent): Promise<StagingState> {
    const writer = randomUUID();
    const body = encode(headerOf(writer, content), content.tail);
    const etag = await this.#bucket.put(stagingObject(name), body, {
      metadata: { size: String(content.size) },
      ifMatch: known.etag,
    });
    if (etag !== undefined) return { ...content, etag };
    const current = await this.#read(name);
    if (current === undefined) throw uploadUnknown();
    if (current.writer === writer) return current.state;
    throw new RegistryError('RANGE_INVALID', {
      message: 'another request wrote this upload meanwhile; ask for the range received and continue there',
    });
  }

  /** Marks `known` as sealed. Only one caller can: BLOB_UPLOAD_UNKNOWN for all others. */
  async finish(name: StagingName, known: StagingState): Promise<void> {
    const mark = Buffer.from(`{"sealed":"${randomUUID()}"}\n`);
    const etag = await this.#bucket.put(stagingObject(name), mark, { ifMatch: known.etag });
    if (etag !== undefined) return;
    const current = await this.#bytes(name);
    if (!current?.bytes.equals(mark)) throw uploadUnknown();
  }

  remove(name: StagingName): Promise<void> {
    return this.#bucket.remove(stagingObject(name));
  }

  async #read(name: StagingName): Promise<{ writer: string; state: StagingState } | undefined> {
    const object = await this.#bytes(name);
    if (object === undefined) return undefined;
    const end = object.bytes.indexOf(NEWLINE);
    const header = JSON.parse(object.bytes.toString('utf8', 0, end)) as Header | { sealed: string };
    if ('sealed' in header) return undefined;
    const { writer, size, parts } = header;
    return { writer, state: { etag: object.etag, size, parts, tail: object.bytes.subarray(end + 1) } };
  }

  async #bytes(name: StagingName): Promise<{ etag: string; bytes: Buffer } | undefined> {
    const object = await this.#bucket.get(stagingObject(name));
    if (object === undefined) return undefined;
    try {
      return { etag: object.etag, bytes: await buffer(object.body) };
    } catch (error) {
      throw s3Error(error);
    }
  }
}
