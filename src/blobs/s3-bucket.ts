import type { Readable } from 'node:stream';
import type { S3, S3ClientConfig } from '@aws-sdk/client-s3';
import { RegistryError } from '../errors.ts';
import { probeObject } from './layout.ts';
import { CRC_UPLOAD, comparesCrc, crcOf, type Integrity, leaveOutOfSignature } from './s3-integrity.ts';
import { nameOf, retrying, s3Error, statusOf } from './s3-retry.ts';
import type { S3Location } from './s3-url.ts';

/** A multipart upload that is not completed. */
export interface PartialUpload {
  /** The name its bytes will have. */
  readonly key: string;
  readonly id: string;
  /** Its parts bring a CRC. */
  readonly crc?: true;
}

export interface StoredObject {
  readonly etag: string;
  readonly size: number;
  readonly metadata: Readonly<Record<string, string>>;
}

interface PutOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** Writes only over the object with this ETag; anything else is a conflict. */
  readonly ifMatch?: string;
  /** Writes only where no object has the name; one that is there is a conflict. */
  readonly ifAbsent?: boolean;
}

const uploadError = (error: unknown): RegistryError => {
  if (nameOf(error) === 'InvalidPart') {
    const reason = 'a part was overwritten by a second writer';
    return new RegistryError('BLOB_UPLOAD_INVALID', { reason, cause: error });
  }
  return statusOf(error) === 404
    ? new RegistryError('BLOB_UPLOAD_UNKNOWN', { cause: error })
    : s3Error(error);
};

const settingsOf = ({ region, pathStyle }: S3Location, endpoint: string | undefined): S3ClientConfig => ({
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(region === undefined ? {} : { region }),
  forcePathStyle: pathStyle,
  maxAttempts: 1,
  // The default adds trailing checksums, which Ceph and others answer with 411.
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  requestHandler: {
    connectionTimeout: 5000,
    socketTimeout: 30_000,
    httpsAgent: { maxSockets: 256 },
    httpAgent: { maxSockets: 256 },
  },
});

const isConflict = (error: unknown): boolean => [404, 409, 412].includes(statusOf(error) ?? 0);

/**
 * The calls we make of S3, by names below the prefix: with retries, and with failures in the store's words.
 * Requests carry the sha256 of their body (SigV4) or a CRC, so the server refuses bytes that were damaged on the way.
 */
export class S3Bucket {
  readonly #s3: S3;
  /** The same server under the name by which clients reach it. */
  readonly #outside: S3;
  readonly #location: S3Location;
  readonly #retryMs: number;
  #quoted = true;
  #integrity: Integrity = 'sha256';

  private constructor({ s3, outside }: { s3: S3; outside: S3 }, location: S3Location, retryMs: number) {
    this.#s3 = s3;
    this.#outside = outside;
    this.#location = location;
    this.#retryMs = retryMs;
  }

  static async connect(location: S3Location, retryMs: number): Promise<S3Bucket> {
    // The one import of the SDK: a registry that keeps files never loads it.
    const { S3 } = await import('@aws-sdk/client-s3');
    const { endpoint, publicEndpoint = endpoint } = location;
    const s3 = new S3(settingsOf(location, endpoint));
    leaveOutOfSignature(s3);
    const outside = endpoint === publicEndpoint ? s3 : new S3(settingsOf(location, publicEndpoint));
    return new S3Bucket({ s3, outside }, location, retryMs);
  }

  close(): void {
    this.#s3.destroy();
    this.#outside.destroy();
  }

  /** An address of the object for clients without credentials, good for `seconds`. */
  async presign(name: string, seconds: number): Promise<string> {
    const { presign } = await import('./s3-redirect.ts');
    return presign(this.#outside, this.#location, name, seconds);
  }

  /** The host name that presigned addresses have. */
  async publicHost(): Promise<string> {
    return new URL(await this.presign(probeObject(), 1)).hostname;
  }

  /** The same bucket for callers that cannot wait long. */
  impatient(retryMs: number): S3Bucket {
    const clients = { s3: this.#s3, outside: this.#outside };
    const bucket = new S3Bucket(clients, this.#location, Math.min(retryMs, this.#retryMs));
    bucket.#quoted = this.#quoted;
    bucket.#integrity = this.#integrity;
    return bucket;
  }

  /** Returns the new ETag, or undefined on a conflict. */
  async put(
    name: string,
    body: Uint8Array,
    { metadata, ifMatch, ifAbsent = false }: PutOptions = {},
  ): Promise<string | undefined> {
    const condition = {
      ...(ifMatch !== undefined && { IfMatch: this.#quoted ? ifMatch : ifMatch.replaceAll('"', '') }),
      ...(ifAbsent && { IfNoneMatch: '*' }),
    };
    const input = {
      ...this.#object(name),
      Body: body,
      ...(this.#integrity === 'crc32' && crcOf(body)),
      ...condition,
      ...(metadata === undefined ? {} : { Metadata: metadata }),
    };
    try {
      const { ETag } = await this.#retry(() => this.#s3.putObject(input));
      return ETag ?? '';
    } catch (error) {
      if ((ifMatch !== undefined || ifAbsent) && isConflict(error)) return undefined;
      throw s3Error(error);
    }
  }

  async head(name: string): Promise<StoredObject | undefined> {
    const answer = await this.#unlessAbsent(() => this.#s3.headObject(this.#object(name)));
    return (
      answer && { etag: answer.ETag ?? '', size: answer.ContentLength ?? 0, metadata: answer.Metadata ?? {} }
    );
  }

  /** The object's bytes from `first` on, to `last` if given; undefined when there is none. */
  async get(
    name: string,
    { first = 0, last }: { first?: number; last?: number | undefined } = {},
    signal?: AbortSignal,
  ): Promise<{ etag: string; length: number; body: Readable } | undefined> {
    const range = first === 0 && last === undefined ? {} : { Range: `bytes=${first}-${last ?? ''}` };
    const options = signal === undefined ? {} : { abortSignal: signal };
    const answer = await this.#unlessAbsent(
      () => this.#s3.getObject({ ...this.#object(name), ...range }, options),
      signal,
    );
    if (answer === undefined) return undefined;
    // The SDK types the body for browsers too; in Node it is the response itself.
    return { etag: answer.ETag ?? '', length: answer.ContentLength ?? 0, body: answer.Body as Readable };
  }

  async remove(name: string): Promise<void> {
    await this.#words(() => this.#s3.deleteObject(this.#object(name)));
  }

  async *list(prefix: string): AsyncIterable<string> {
    for await (const { name } of this.objects(prefix)) yield name;
  }

  /** Names and sizes, in the order of the names' bytes. */
  async *objects(prefix: string): AsyncIterable<{ name: string; size: number }> {
    let token: string | undefined;
    do {
      const page = await this.#words(() =>
        this.#s3.listObjectsV2({
          Bucket: this.#location.bucket,
          Prefix: this.#location.prefix + prefix,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      for (const { Key = '', Size = 0 } of page.Contents ?? [])
        yield { name: Key.slice(this.#location.prefix.length), size: Size };
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** `copied`: the first parts are copies (`copyPart`), which bring no CRC. */
  async beginUpload(key: string, { copied = false } = {}): Promise<PartialUpload> {
    const withCrc = this.#integrity === 'crc32' && !copied;
    const input = { ...this.#object(key), ...(withCrc && CRC_UPLOAD) };
    const { UploadId = '' } = await this.#words(() => this.#s3.createMultipartUpload(input));
    return { key, id: UploadId, ...(withCrc && { crc: true }) };
  }

  /** Returns the part's ETag. */
  async uploadPart(upload: PartialUpload, number: number, body: Uint8Array): Promise<string> {
    const input = { ...this.#part(upload, number), Body: body, ...(upload.crc && crcOf(body)) };
    const answer = await this.#onUpload(() => this.#s3.uploadPart(input));
    return answer.ETag ?? '';
  }

  /** Makes a part of the bytes `first`…`last` of a completed object, without their passing through here. */
  async copyPart(
    upload: PartialUpload,
    number: number,
    from: string,
    first: number,
    last: number,
  ): Promise<string> {
    const answer = await this.#onUpload(() =>
      this.#s3.uploadPartCopy({
        ...this.#part(upload, number),
        CopySource: encodeURI(`${this.#location.bucket}/${this.#location.prefix}${from}`),
        CopySourceRange: `bytes=${first}-${last}`,
      }),
    );
    return answer.CopyPartResult?.ETag ?? '';
  }

  async completeUpload(upload: PartialUpload, etags: readonly string[]): Promise<void> {
    const parts = etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    await this.#onUpload(() =>
      this.#s3.completeMultipartUpload({
        ...this.#object(upload.key),
        UploadId: upload.id,
        MultipartUpload: { Parts: parts },
      }),
    );
  }

  async abortUpload(upload: PartialUpload): Promise<void> {
    await this.#unlessAbsent(() =>
      this.#s3.abortMultipartUpload({ ...this.#object(upload.key), UploadId: upload.id }),
    );
  }

  /**
   * Finds out how this server wants ETags in conditions: RFC 9110 has them in quotes, Ceph and its descendants only
   * know them without. One that does neither cannot keep two replicas from overwriting each other, and is refused.
   */
  async learnConditions(): Promise<void> {
    const name = probeObject();
    const etag = (await this.put(name, Buffer.from('1'))) ?? '';
    try {
      for (const quoted of [true, false]) {
        this.#quoted = quoted;
        const foreign = await this.put(name, Buffer.from('2'), { ifMatch: `"${'0'.repeat(32)}"` });
        if (foreign !== undefined) break;
        if ((await this.put(name, Buffer.from('3'), { ifMatch: etag })) !== undefined) return;
      }
      throw new RegistryError('UNAVAILABLE', {
        reason: 'the S3 server does not honour If-Match on PutObject, which uploads need; use one that does',
      });
    } finally {
      await this.remove(name);
    }
  }

  /** Finds out whether bodies need no SHA-256: over TLS, which keeps others from changing them, and with a server that compares CRCs. */
  async learnIntegrity(): Promise<void> {
    const { endpoint = 'https:' } = this.#location;
    if (!endpoint.startsWith('https:')) return;
    if (await comparesCrc(this.#s3, this.#object(probeObject()))) this.#integrity = 'crc32';
  }

  #object(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.#location.bucket, Key: this.#location.prefix + name };
  }

  #part(
    { key, id }: PartialUpload,
    number: number,
  ): { Bucket: string; Key: string; UploadId: string; PartNumber: number } {
    return { ...this.#object(key), UploadId: id, PartNumber: number };
  }

  #retry<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return retrying(request, this.#retryMs, signal);
  }

  async #words<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await this.#retry(request);
    } catch (error) {
      throw s3Error(error);
    }
  }

  async #onUpload<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await this.#retry(request);
    } catch (error) {
      throw uploadError(error);
    }
  }

  async #unlessAbsent<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    try {
      return await this.#retry(request, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return undefined;
      throw s3Error(error);
    }
  }
}
