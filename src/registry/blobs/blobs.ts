import type { Writable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import type { BlobStore } from '../../blobs/blob-store.ts';
import { isRowKey } from '../../blobs/layout.ts';
import { wholeStored } from '../../blobs/read-back.ts';
import { blobUnknown } from '../../blobs/refusals.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { RegistryError } from '../../errors.ts';
import type { ByteRange } from '../../oci/content-range.ts';
import type { Digest } from '../../oci/digest.ts';
import { namespaceOf, type RepositoryName } from '../../oci/repository-name.ts';
import type { Actor } from '../../principal.ts';
import { isReferenced } from '../manifests/rows.ts';
import { changeOf } from '../record.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { findSmallBlob } from '../small-blobs/rows.ts';
import { placeOf, type RepositoryTarget } from '../target.ts';
import { findBlobNamed, findRepositoryBlob, repositoriesHolding, type StoredBlob } from './rows.ts';
import { mountBlob, touchLink, unlinkBlob } from './writes.ts';

/** Blobs up to this size are kept in memory once read: configs and small layers are most of all requests. */
const SMALL = 64 << 10;

/** Sources that a mount without `from` is decided on, one after the other. */
const MOST_SOURCES = 32;

/** The address under which a client may fetch the bytes of this storage name. */
export type Redirect = (key: string) => Promise<string>;

export interface BlobParts {
  readonly database: Database;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly repositories: Repositories;
  /** How long collection keeps a blob that no manifest holds after it was last wanted, milliseconds. */
  readonly grace: number;
  readonly redirect: Redirect | undefined;
}

/** Blobs of a repository: found by one indexed lookup, read from the store. */
export class Blobs {
  readonly #database: Database;
  readonly #store: BlobStore;
  readonly #clock: Clock;
  readonly #repositories: Repositories;
  readonly #held: LiveCache<StoredBlob>;
  readonly #renewAfter: number;
  /** By storage name, which is never used twice: bytes under it cannot change. */
  readonly #small = new LRUCache<string, Buffer>({
    maxSize: 8 << 20,
    sizeCalculation: (bytes) => bytes.length + 200,
  });

  readonly #redirect: Redirect | undefined;

  constructor({ database, store, clock, repositories, grace, redirect }: BlobParts) {
    this.#renewAfter = grace / 2;
    this.#database = database;
    this.#store = store;
    this.#redirect = redirect;
    this.#clock = clock;
    this.#repositories = repositories;
    this.#held = new LiveCache(database, ['repository-blob'], 20_000, 'content');
  }

  async find(target: RepositoryTarget, digest: Digest): Promise<StoredBlob> {
    const blob = this.#database.alone ? await this.#kept(target, digest) : await this.#now(target, digest);
    if (!blob) throw new RegistryError('BLOB_UNKNOWN', { detail: { digest } });
    return blob;
  }

  /**
   * As `find`, for a client that asks whether it must push the blob: a blob that no manifest holds gets its grace anew,
   * so that the manifest pushed next finds it. Costs a write only when half of the grace is over.
   */
  async findToRefer(target: RepositoryTarget, digest: Digest): Promise<StoredBlob> {
    const blob = await this.find(target, digest);
    const at = this.#clock.now();
    if (at - blob.touchedAt <= this.#renewAfter) return blob;
    const repository = await this.#repositories.find(target);
    if (!repository) throw new RegistryError('BLOB_UNKNOWN', { detail: { digest } });
    const { id: repositoryId } = repository;
    if (await isReferenced(this.#database.db, repositoryId, digest)) return blob;
    if (await this.#database.write(touchLink, { repositoryId, digest, at })) return blob;
    throw new RegistryError('BLOB_UNKNOWN', { detail: { digest } });
  }

  /** The whole blob if it is small, else undefined: then `send` it. */
  async small({ storageKey: key, size }: StoredBlob): Promise<Buffer | undefined> {
    if (size > SMALL) return undefined;
    const kept = this.#small.get(key);
    if (kept) return kept;
    const bytes = isRowKey(key) ? await this.#inRow(key) : await wholeStored(this.#store, key);
    if (bytes.length !== size) throw cutShort(bytes.length, size);
    this.#small.set(key, bytes);
    return bytes;
  }

  async #inRow(key: string): Promise<Buffer> {
    const content = await findSmallBlob(this.#database.db, key);
    if (content === undefined) throw blobUnknown();
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  }

  /** The whole blob, into memory; undefined where it has more bytes than `most`. */
  async whole(blob: StoredBlob, most: number): Promise<Buffer | undefined> {
    if (blob.size <= SMALL || blob.size > most) return blob.size > most ? undefined : this.small(blob);
    const bytes = await wholeStored(this.#store, blob.storageKey);
    if (bytes.length !== blob.size) throw cutShort(bytes.length, blob.size);
    return bytes;
  }

  /**
   * Where a client that was just allowed to read the blob may fetch it, if the operator wants that: the address holds for
   * its lifetime whatever is revoked meanwhile. Undefined for small blobs, which are not worth a second request.
   */
  async address({ storageKey: key, size }: StoredBlob): Promise<string | undefined> {
    return size > SMALL ? this.#redirect?.(key) : undefined;
  }

  /**
   * Sends exactly the bytes asked for; rejects where the store has fewer, so that an answer breaks off visibly. `sent` is
   * told of each piece as it leaves.
   */
  send(
    blob: StoredBlob,
    sink: Writable,
    range: ByteRange | undefined,
    signal: AbortSignal,
    sent: (bytes: number) => void,
  ): Promise<void> {
    const whole = blob.size > 0 ? { first: 0, last: blob.size - 1 } : undefined;
    return this.#store.send(blob.storageKey, sink, range ?? whole, signal, sent);
  }

  /** Links `digest` from a repository the caller may read. False when it does not hold it. */
  async mount(target: RepositoryTarget, digest: Digest, from: RepositoryTarget): Promise<boolean> {
    const source = await this.#repositories.find(from);
    if (!source) return false;
    const place = placeOf(target, this.#clock.now());
    return this.#database.write(mountBlob, { place, digest, from: source.id });
  }

  /**
   * Where the target's account holds `digest` in this region, the target's own namespace first: what a mount without
   * `from` may come from. The door decides which of them the caller may read.
   */
  async holders({ regionId, namespace }: RepositoryTarget, digest: Digest): Promise<RepositoryName[]> {
    const place = { accountId: namespace.accountId, regionId, digest };
    const names = (await repositoriesHolding(this.#database.db, place)) as RepositoryName[];
    const isNear = (name: RepositoryName) => namespaceOf(name) === namespace.name;
    const near = names.filter(isNear);
    return [...near, ...names.filter((name) => !isNear(name))].slice(0, MOST_SOURCES);
  }

  /** Takes the blob out of this repository; others that hold it keep it. UNSUPPORTED while a manifest here needs it. */
  async remove(target: RepositoryTarget, digest: Digest, actor: Actor): Promise<void> {
    const repository = await this.#repositories.find(target);
    const by = changeOf(target, actor, this.#clock.now());
    const removed =
      repository && (await this.#database.write(unlinkBlob, { repositoryId: repository.id, digest, by }));
    if (!removed) throw new RegistryError('BLOB_UNKNOWN', { detail: { digest } });
  }

  async #kept(target: RepositoryTarget, digest: Digest): Promise<StoredBlob | undefined> {
    const repository = await this.#repositories.find(target);
    if (!repository) return undefined;
    return this.#held.get(`${repository.id}/${digest}`, () =>
      findRepositoryBlob(this.#database.db, repository, digest),
    );
  }

  /** In one statement, where other processes change the database and nothing of a repository is kept. */
  #now({ regionId, namespace, name }: RepositoryTarget, digest: Digest): Promise<StoredBlob | undefined> {
    return findBlobNamed(this.#database.db, { regionId, namespaceId: namespace.id, name }, digest);
  }
}

const cutShort = (found: number, size: number): RegistryError =>
  new RegistryError('UNAVAILABLE', { reason: `the blob store has ${found} bytes of a blob of ${size}` });
