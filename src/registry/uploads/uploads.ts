import { LRUCache } from 'lru-cache';
import type { BlobStore, SealedBlob } from '../../blobs/blob-store.ts';
import { newRowKey } from '../../blobs/layout.ts';
import { digestMismatch, uploadBusy, uploadUnknown } from '../../blobs/refusals.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { timedUuid } from '../../ids.ts';
import { algorithmOf, type Digest, digestOf } from '../../oci/digest.ts';
import { type Principal, principalName } from '../../principal.ts';
import { finishBlob } from '../blobs/writes.ts';
import { SMALL_BLOB } from '../small-blobs/small-blobs.ts';
import { placeOf, type RepositoryTarget } from '../target.ts';
import { type Body, joined, lengthOf, readSmall, refuseMisplaced } from './body.ts';
import { OpenUploads } from './open-uploads.ts';
import { type ExpiredUpload, expiredUploads, findUpload, type Upload, uploadsThatAre } from './rows.ts';
import { appendToUpload, beginUpload, endUpload, extendUpload, stageUpload } from './writes.ts';

export type { Body } from './body.ts';

/** An upload that was not touched for this long is forgotten. */
const IDLE = 24 * 3_600_000;

/** Bytes that became durable, or that do with the row of the blob. */
type Sealed = SealedBlob & { readonly content?: Uint8Array };

/** An upload whose bytes the blob store has. */
type Staged = Upload & { readonly stagingId: string };

/**
 * Upload sessions: bound to repository and principal, resumable at the offset that is kept. As long as the bytes are few they
 * are kept in the upload's row; the blob store gets them with the first byte too many. `Database.isUpgraded` says whether
 * that may be; until then, and for uploads that began before, the blob store has them from the beginning.
 */
export class Uploads {
  readonly #database: Database;
  readonly #store: BlobStore;
  readonly #clock: Clock;
  /** Uploads under way, where no other process can change their rows. */
  readonly #kept = new LRUCache<string, Upload>({
    maxSize: 8 << 20,
    sizeCalculation: ({ content }) => 1000 + (content?.byteLength ?? 0),
  });

  /** What uploads that have not ended hold. */
  readonly open: OpenUploads;

  /** Uploads that a request of this process changes. */
  readonly #changing = new Set<string>();

  constructor(database: Database, store: BlobStore, clock: Clock) {
    this.#database = database;
    this.#store = store;
    this.#clock = clock;
    this.open = new OpenUploads((ids) => uploadsThatAre(database.db, ids));
  }

  /** Throws TOOMANYREQUESTS where the account has too many that have not ended. */
  async begin(target: RepositoryTarget, principal: Principal): Promise<Upload> {
    await this.open.admit(target);
    const now = this.#clock.now();
    const stagingId = this.#database.isUpgraded() ? undefined : await this.#store.begin(target.regionId);
    const upload: Upload = {
      id: timedUuid(now),
      regionId: target.regionId,
      namespaceId: target.namespace.id,
      repository: target.name,
      principal: principalName(principal),
      stagingId,
      content: stagingId === undefined ? NOTHING : undefined,
      createdAt: now,
      expiresAt: now + IDLE,
    };
    try {
      await this.#database.write(beginUpload, upload);
    } catch (error) {
      await this.#abort(upload);
      throw error;
    }
    this.#keep(upload);
    this.open.note(target, upload.id, 0);
    return upload;
  }

  /** The upload if it is this repository's and this principal's; anyone else is told it does not exist. */
  async find(target: RepositoryTarget, principal: Principal, id: string): Promise<Upload> {
    const upload = await this.#now(id);
    const isTheirs =
      upload?.namespaceId === target.namespace.id &&
      upload.repository === target.name &&
      upload.principal === principalName(principal);
    if (!upload || !isTheirs || upload.expiresAt <= this.#clock.now()) throw uploadUnknown();
    this.#keep(upload);
    return upload;
  }

  /** How many bytes are there now: where the client goes on. */
  async offset({ id }: Upload): Promise<number> {
    const upload = await this.#now(id);
    if (upload === undefined) throw uploadUnknown();
    return this.#sizeOf(upload);
  }

  /** Appends a chunk and answers the new size. A chunk that does not begin where the upload stands: RANGE_INVALID. */
  append(target: RepositoryTarget, upload: Upload, body: Body): Promise<number> {
    return this.#change(target, upload, async () => {
      const offset = await this.#sizeOf(upload);
      refuseMisplaced(body, offset);
      await this.#keepAlive(upload);
      if (isStaged(upload)) return this.#appendStaged(upload, offset, body.bytes, body);
      const small = await readSmall(body, SMALL_BLOB - offset);
      if (small.is === 'longer')
        return this.#appendStaged(await this.#stage(upload), offset, small.bytes, body);
      await this.#appendToRow(upload, small.bytes);
      // what came before it broke off stays
      if (small.is === 'broken') throw small.error;
      return offset + small.bytes.byteLength;
    });
  }

  /**
   * Ends an upload: what is there becomes the blob `digest` of the repository, with the last bytes in `body` if there are
   * any. Those count only if that succeeds: a request that was cut or refused can be sent again as it was.
   */
  finish(target: RepositoryTarget, upload: Upload, digest: Digest, body?: Body): Promise<void> {
    return this.#change(target, upload, async () => {
      const sealed = await this.#sealWith(upload, digest, body);
      await this.#publish(target, upload.id, digest, sealed);
      // not before: until its row is gone, a request that asks for it keeps it again
      this.#kept.delete(upload.id);
      this.open.ended(upload.id);
    });
  }

  /** A blob sent whole in one request, without a session. */
  async put(target: RepositoryTarget, digest: Digest, body: Body): Promise<void> {
    refuseMisplaced(body, 0);
    const most = this.#database.isUpgraded() ? SMALL_BLOB : -1;
    const small = await readSmall(body, most);
    if (small.is === 'broken') throw small.error;
    if (small.is === 'whole') {
      return this.#publish(target, undefined, digest, sealInRow(target.regionId, digest, small.bytes));
    }
    const staging = await this.#store.begin(target.regionId);
    try {
      await this.#store.append(staging, 0, small.bytes, body.signal, lengthOf(body));
      await this.#publish(target, undefined, digest, await this.#store.seal(staging, digest));
    } catch (error) {
      await this.#store.abort(staging);
      throw error;
    }
  }

  async cancel({ id }: Upload): Promise<void> {
    // another request may have staged it meanwhile
    const upload = await this.#now(id);
    if (upload === undefined || !(await this.#end(upload))) throw uploadUnknown();
  }

  /** Forgets uploads whose idle time is over, a bounded number at a time; answers how many. */
  async expire(limit: number): Promise<number> {
    const expired = await expiredUploads(this.#database.db, this.#clock.now(), limit);
    for (const upload of expired) await this.#end(upload);
    return expired.length;
  }

  /** False where it had ended before. */
  async #end(upload: ExpiredUpload): Promise<boolean> {
    const ended = await this.#database.write(endUpload, upload.id);
    this.#kept.delete(upload.id);
    this.open.ended(upload.id);
    if (ended) await this.#abort(upload);
    return ended;
  }

  async #now(id: string): Promise<Upload | undefined> {
    return this.#kept.get(id) ?? (await findUpload(this.#database.db, id));
  }

  async #sizeOf(upload: Upload): Promise<number> {
    if (!isStaged(upload)) return upload.content?.byteLength ?? 0;
    const size = await this.#store.staged(upload.stagingId);
    if (size === undefined) throw uploadUnknown();
    return size;
  }

  /** One request at a time, where one process sees to it; between replicas the rows do, and the blob store. */
  async #change<T>(target: RepositoryTarget, upload: Upload, work: () => Promise<T>): Promise<T> {
    const { id } = upload;
    if (this.#changing.has(id)) throw uploadBusy();
    this.#changing.add(id);
    try {
      const done = await work();
      if (typeof done === 'number') this.open.note(target, id, done);
      return done;
    } catch (error) {
      // what is kept of it may be older than its row
      this.#kept.delete(id);
      await this.#noteStanding(target, upload);
      throw error;
    } finally {
      this.#changing.delete(id);
    }
  }

  /** What came before a request broke off stays, and takes room. */
  async #noteStanding(target: RepositoryTarget, upload: Upload): Promise<void> {
    try {
      this.open.note(target, upload.id, await this.offset(upload));
    } catch {
      // the request has failed already, and says why
      this.open.ended(upload.id);
    }
  }

  #appendStaged(
    { stagingId }: Staged,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    body: Body,
  ): Promise<number> {
    return this.#store.append(stagingId, offset, bytes, body.signal, lengthOf(body));
  }

  async #appendToRow({ id, content = NOTHING }: Upload, bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0) return;
    const all = joined(content, bytes);
    await this.#database.write(appendToUpload, { id, offset: content.byteLength, content: all });
    this.#keepChanged(id, { content: all });
  }

  /** Gives the bytes of an upload that grows to the blob store. */
  async #stage(upload: Upload): Promise<Staged> {
    const { id, regionId, content = NOTHING } = upload;
    const stagingId = await this.#store.begin(regionId);
    try {
      // a copy, since the store gives the memory of what it has written back
      if (content.byteLength > 0) await this.#store.append(stagingId, 0, oneChunk(Uint8Array.from(content)));
      await this.#database.write(stageUpload, { id, offset: content.byteLength, stagingId });
    } catch (error) {
      await this.#store.abort(stagingId);
      throw error;
    }
    this.#keepChanged(id, { stagingId, content: undefined });
    return { ...upload, stagingId, content: undefined };
  }

  async #sealWith(upload: Upload, digest: Digest, body: Body | undefined): Promise<Sealed> {
    if (body === undefined) {
      if (isStaged(upload)) return this.#store.seal(upload.stagingId, digest);
      return sealInRow(upload.regionId, digest, upload.content ?? NOTHING);
    }
    const offset = await this.#sizeOf(upload);
    refuseMisplaced(body, offset);
    await this.#keepAlive(upload);
    if (isStaged(upload)) return this.#sealStaged(upload, digest, offset, body.bytes, body);
    const small = await readSmall(body, SMALL_BLOB - offset);
    if (small.is === 'broken') throw small.error;
    if (small.is === 'longer')
      return this.#sealStaged(await this.#stage(upload), digest, offset, small.bytes, body);
    const content = joined(upload.content ?? NOTHING, small.bytes);
    return sealInRow(upload.regionId, digest, content);
  }

  #sealStaged(
    { stagingId }: Staged,
    digest: Digest,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    body: Body,
  ): Promise<Sealed> {
    const length = lengthOf(body);
    const rest = { offset, bytes, signal: body.signal, ...(length === undefined ? {} : { length }) };
    return this.#store.seal(stagingId, digest, rest);
  }

  /** Bytes are durable before the row that names them, or with it. */
  async #publish(
    target: RepositoryTarget,
    uploadId: string | undefined,
    digest: Digest,
    { key, size, content }: Sealed,
  ): Promise<void> {
    const place = placeOf(target, this.#clock.now());
    const { storageKey } = await this.#database.write(finishBlob, {
      place,
      uploadId,
      digest,
      size,
      storageKey: key,
      content,
    });
    if (storageKey !== key && content === undefined) await this.#store.remove(key);
  }

  async #abort({ stagingId }: ExpiredUpload): Promise<void> {
    if (stagingId !== undefined) await this.#store.abort(stagingId);
  }

  async #keepAlive(upload: Upload): Promise<void> {
    const now = this.#clock.now();
    if (upload.expiresAt - now > IDLE / 2) return;
    await this.#database.write(extendUpload, { id: upload.id, expiresAt: now + IDLE });
    this.#keepChanged(upload.id, { expiresAt: now + IDLE });
  }

  #keepChanged(id: string, changes: Partial<Upload>): void {
    const kept = this.#kept.get(id);
    if (kept) this.#keep({ ...kept, ...changes });
  }

  #keep(upload: Upload): void {
    if (this.#database.alone) this.#kept.set(upload.id, upload);
  }
}

const NOTHING = new Uint8Array(0);

const isStaged = (upload: Upload): upload is Staged => upload.stagingId !== undefined;

async function* oneChunk(chunk: Uint8Array): AsyncIterable<Uint8Array> {
  yield chunk;
}

/** Verified here; durable and visible with the write that names it. */
const sealInRow = (region: string, digest: Digest, content: Uint8Array): Sealed => {
  const actual = digestOf(content, algorithmOf(digest));
  if (actual !== digest) throw digestMismatch(actual, digest);
  return { key: newRowKey(region), size: content.byteLength, content };
};
