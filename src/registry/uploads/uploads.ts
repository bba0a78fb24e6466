import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { BlobStore, Rest } from '../../blobs/blob-store.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { ByteRange } from '../../oci/content-range.ts';
import type { Digest } from '../../oci/digest.ts';
import { type Principal, principalName } from '../../principal.ts';
import { finishBlob } from '../blobs/writes.ts';
import { placeOf, type RepositoryTarget } from '../target.ts';
import { expiredUploads, findUpload, type Upload } from './rows.ts';
import { beginUpload, endUpload, extendUpload } from './writes.ts';

/** An upload that was not touched for this long is forgotten. */
const IDLE = 24 * 3_600_000;

/** A body on its way. `length` and `range`: what its sender says of it; `signal` fires when it is not awaited any more. */
export interface Body {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly length: number | undefined;
  readonly range: ByteRange | undefined;
  readonly signal: AbortSignal;
}

/** Upload sessions: bound to repository and principal, resumable at the offset the blob store has. */
export class Uploads {
  readonly #database: Database;
  readonly #store: BlobStore;
  readonly #clock: Clock;
  /** Uploads under way, where no other process can change their rows. */
  readonly #kept = new LRUCache<string, Upload>({ maxSize: 10_000, sizeCalculation: () => 1 });

  constructor(database: Database, store: BlobStore, clock: Clock) {
    this.#database = database;
    this.#store = store;
    this.#clock = clock;
  }

  async begin(target: RepositoryTarget, principal: Principal): Promise<Upload> {
    const now = this.#clock.now();
    const upload: Upload = {
      id: randomUUID(),
      regionId: target.regionId,
      namespaceId: target.namespace.id,
      repository: target.name,
      principal: principalName(principal),
      stagingId: await this.#store.begin(target.regionId),
      createdAt: now,
      expiresAt: now + IDLE,
    };
    try {
      await this.#database.write(beginUpload, upload);
    } catch (error) {
      await this.#store.abort(upload.stagingId);
      throw error;
    }
    this.#keep(upload);
    return upload;
  }

  /** The upload if it is this repository's and this principal's; anyone else is told it does not exist. */
  async find(target: RepositoryTarget, principal: Principal, id: string): Promise<Upload> {
    const upload = this.#kept.get(id) ?? (await findUpload(this.#database.db, id));
    const isTheirs =
      upload?.namespaceId === target.namespace.id &&
      upload.repository === target.name &&
      upload.principal === principalName(principal);
    if (!upload || !isTheirs || upload.expiresAt <= this.#clock.now())
      throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
    this.#keep(upload);
    return upload;
  }

  /** How many bytes are there: where the client goes on. */
  async offset(upload: Upload): Promise<number> {
    const size = await this.#store.staged(upload.stagingId);
    if (size === undefined) throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
    return size;
  }

  /** Appends a chunk and answers the new size. A chunk that does not begin where the upload stands: RANGE_INVALID. */
  async append(upload: Upload, body: Body): Promise<number> {
    const offset = await this.offset(upload);
    refuseMisplaced(body, offset);
    await this.#keepAlive(upload);
    return this.#store.append(upload.stagingId, offset, body.bytes, body.signal, lengthOf(body));
  }

  /**
   * Ends an upload: what is staged becomes the blob `digest` of the repository, with the last bytes in `body` if there are
   * any. Those count only if that succeeds: a request that was cut or refused can be sent again as it was.
   */
  async finish(target: RepositoryTarget, upload: Upload, digest: Digest, body?: Body): Promise<void> {
    const rest = body && (await this.#restOf(upload, body));
    const sealed = await this.#store.seal(upload.stagingId, digest, rest);
    this.#kept.delete(upload.id);
    await this.#publish(target, upload.id, digest, sealed);
  }

  async #restOf(upload: Upload, body: Body): Promise<Rest> {
    const offset = await this.offset(upload);
    refuseMisplaced(body, offset);
    await this.#keepAlive(upload);
    const length = lengthOf(body);
    return { offset, bytes: body.bytes, signal: body.signal, ...(length === undefined ? {} : { length }) };
  }

  /** A blob sent whole in one request, without a session. */
  async put(target: RepositoryTarget, digest: Digest, body: Body): Promise<void> {
    refuseMisplaced(body, 0);
    const staging = await this.#store.begin(target.regionId);
    try {
      await this.#store.append(staging, 0, body.bytes, body.signal, lengthOf(body));
      await this.#publish(target, undefined, digest, await this.#store.seal(staging, digest));
    } catch (error) {
      await this.#store.abort(staging);
      throw error;
    }
  }

  async cancel(upload: Upload): Promise<void> {
    this.#kept.delete(upload.id);
    if (!(await this.#database.write(endUpload, upload.id))) throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
    await this.#store.abort(upload.stagingId);
  }

  /** Forgets uploads whose idle time is over, a bounded number at a time; answers how many. */
  async expire(limit: number): Promise<number> {
    const expired = await expiredUploads(this.#database.db, this.#clock.now(), limit);
    for (const upload of expired) {
      this.#kept.delete(upload.id);
      if (await this.#database.write(endUpload, upload.id)) await this.#store.abort(upload.stagingId);
    }
    return expired.length;
  }

  /** Bytes are durable before the row that names them. */
  async #publish(
    target: RepositoryTarget,
    uploadId: string | undefined,
    digest: Digest,
    sealed: { key: string; size: number },
  ): Promise<void> {
    const place = placeOf(target, this.#clock.now());
    const { storageKey } = await this.#database.write(finishBlob, {
      place,
      uploadId,
      digest,
      size: sealed.size,
      storageKey: sealed.key,
    });
    if (storageKey !== sealed.key) await this.#store.remove(sealed.key);
  }

  async #keepAlive(upload: Upload): Promise<void> {
    const now = this.#clock.now();
    if (upload.expiresAt - now > IDLE / 2) return;
    await this.#database.write(extendUpload, { id: upload.id, expiresAt: now + IDLE });
    if (this.#kept.has(upload.id)) this.#keep({ ...upload, expiresAt: now + IDLE });
  }

  #keep(upload: Upload): void {
    if (this.#database.alone) this.#kept.set(upload.id, upload);
  }
}

/** How many bytes a chunk said it has; a chunk that says nothing ends where it ends. */
const lengthOf = ({ range }: Body): number | undefined => range && range.last - range.first + 1;

const refuseMisplaced = ({ range, length }: Body, offset: number): void => {
  if (!range) return;
  if (range.first !== offset) {
    throw new RegistryError('RANGE_INVALID', {
      message: `the chunk begins at ${range.first}, but the upload stands at ${offset}`,
    });
  }
  if (length !== undefined && length !== range.last - range.first + 1) {
    throw new RegistryError('SIZE_INVALID', { message: 'Content-Length and Content-Range disagree' });
  }
};
