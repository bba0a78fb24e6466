import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { BlobStore } from '../../blobs/blob-store.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { UploadRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { ByteRange } from '../../oci/content-range.ts';
import type { Digest } from '../../oci/digest.ts';
import { type Principal, principalName } from '../../principal.ts';
import { beginUpload, endUpload, extendUpload, finishBlob } from '../manifests/writes.ts';
import type { RepositoryTarget } from '../target.ts';
import { expiredUploads, findUpload } from './rows.ts';

/** A session as its row holds it; opaque to the door but for its id. */
export type Upload = UploadRow;

/** An upload nobody has touched for this long is forgotten. */
const IDLE = 24 * 3_600_000;

/** A body on its way: its bytes, the length its sender declared, and the end of its patience. */
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
  /** Rows of uploads under way, where no other process can change them. */
  readonly #rows = new LRUCache<string, UploadRow>({ maxSize: 10_000, sizeCalculation: () => 1 });

  constructor(database: Database, store: BlobStore, clock: Clock) {
    this.#database = database;
    this.#store = store;
    this.#clock = clock;
  }

  /** `limited`: the account has a storage limit. Throws STORAGE_QUOTA_EXCEEDED where it is reached. */
  async begin(target: RepositoryTarget, principal: Principal, limited = false): Promise<UploadRow> {
    const now = this.#clock.now();
    const row: UploadRow = {
      id: randomUUID(),
      region_id: target.regionId,
      namespace_id: target.namespace.id,
      repository: target.name,
      principal: principalName(principal),
      staging_id: await this.#store.begin(target.regionId),
      created_at: now,
      expires_at: now + IDLE,
    };
    try {
      await this.#database.write(beginUpload, { ...row, limited });
    } catch (error) {
      await this.#store.abort(row.staging_id);
      throw error;
    }
    this.#keep(row);
    return row;
  }

  /** The upload if it is this repository's and this principal's; anyone else is told it does not exist. */
  async find(target: RepositoryTarget, principal: Principal, id: string): Promise<UploadRow> {
    const row = this.#rows.get(id) ?? (await findUpload(this.#database.db, id));
    const isTheirs =
      row?.namespace_id === target.namespace.id &&
      row.repository === target.name &&
      row.principal === principalName(principal);
    if (!row || !isTheirs || row.expires_at <= this.#clock.now())
      throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
    this.#keep(row);
    return row;
  }

  /** How many bytes are there: where the client goes on. */
  async offset(upload: UploadRow): Promise<number> {
    const size = await this.#store.staged(upload.staging_id);
    if (size === undefined) throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
    return size;
  }

  /** Appends a chunk and answers the new size. A chunk that does not begin where the upload stands: RANGE_INVALID. */
  async append(upload: UploadRow, body: Body): Promise<number> {
    const offset = await this.offset(upload);
    checkChunk(body, offset);
    await this.#keepAlive(upload);
    return this.#store.append(upload.staging_id, offset, body.bytes, body.signal, lengthOf(body));
  }

  /** Ends an upload: what is staged becomes the blob `digest` of the repository. */
  async finish(target: RepositoryTarget, upload: UploadRow, digest: Digest): Promise<void> {
    const sealed = await this.#store.seal(upload.staging_id, digest);
    this.#rows.delete(upload.id);
    await this.#publish(target, upload.id, digest, sealed);
  }

  /** A blob sent whole in one request, without a session. */
  async put(target: RepositoryTarget, digest: Digest, body: Body): Promise<void> {
    checkChunk(body, 0);
    const staging = await this.#store.begin(target.regionId);
    try {
      await this.#store.append(staging, 0, body.bytes, body.signal, lengthOf(body));
      await this.#publish(target, undefined, digest, await this.#store.seal(staging, digest));
    } catch (error) {
      await this.#store.abort(staging);
      throw error;
    }
  }

  async cancel(upload: UploadRow): Promise<void> {
    this.#rows.delete(upload.id);
    if (!(await this.#database.write(endUpload, upload.id))) throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
    await this.#store.abort(upload.staging_id);
  }

  /** Forgets uploads whose idle time is over, a bounded number at a time; answers how many. */
  async expire(limit: number): Promise<number> {
    const expired = await expiredUploads(this.#database.db, this.#clock.now(), limit);
    for (const upload of expired) {
      this.#rows.delete(upload.id);
      if (await this.#database.write(endUpload, upload.id)) await this.#store.abort(upload.staging_id);
    }
    return expired.length;
  }

  /** Bytes are durable before the row that names them (P5). */
  async #publish(
    target: RepositoryTarget,
    uploadId: string | undefined,
    digest: Digest,
    sealed: { key: string; size: number },
  ): Promise<void> {
    const { regionId, namespace, name } = target;
    const place = { regionId, namespaceId: namespace.id, repository: name, at: this.#clock.now() };
    const { storageKey } = await this.#database.write(finishBlob, {
      place,
      uploadId,
      digest,
      size: sealed.size,
      storageKey: sealed.key,
    });
    if (storageKey !== sealed.key) await this.#store.remove(sealed.key);
  }

  async #keepAlive(upload: UploadRow): Promise<void> {
    const now = this.#clock.now();
    if (upload.expires_at - now > IDLE / 2) return;
    await this.#database.write(extendUpload, { id: upload.id, expiresAt: now + IDLE });
    if (this.#rows.has(upload.id)) this.#keep({ ...upload, expires_at: now + IDLE });
  }

  #keep(row: UploadRow): void {
    if (this.#database.alone) this.#rows.set(row.id, row);
  }
}

/** How many bytes a chunk said it has; a chunk that says nothing ends where it ends. */
const lengthOf = ({ range }: Body): number | undefined => range && range.last - range.first + 1;

const checkChunk = ({ range, length }: Body, offset: number): void => {
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
