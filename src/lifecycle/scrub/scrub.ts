import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { BlobStore } from '../../blobs/blob-store.ts';
import { digestOfStored } from '../../blobs/read-back.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { algorithmOf, type Digest, digestOf, parseDigest } from '../../oci/digest.ts';
import { parseStoredManifest, requiredBlobs } from '../../oci/manifest.ts';
import type { Actor } from '../../principal.ts';
import { findBlob, findManifest } from '../../registry/tx.ts';
import { listRegions, REMOVED } from '../../tenancy/tx.ts';
import type { LinkKey } from '../collection/rows.ts';
import {
  blobsAfter,
  contentOf,
  findRepositoryById,
  isInTrash,
  type KeptBlob,
  type KeptManifest,
  manifestsAfter,
  readableBlobs,
  storedBlobs,
  trashedManifestsAfter,
} from './rows.ts';
import { quarantineBlob } from './writes.ts';

const PAGE = 50;
/** Bytes of a manifest that are no page of others any more. */
const LARGE = 64 << 10;
/** A line of progress at least every so many blobs or manifests. */
const PROGRESS = 500;

export type Fault =
  | 'bytes-missing'
  | 'bytes-damaged'
  | 'bytes-unreadable'
  | 'size-wrong'
  | 'manifest-damaged'
  | 'blob-missing';

export interface Finding {
  readonly kind: 'finding';
  readonly fault: Fault;
  readonly region: string;
  readonly digest: string;
  /** For manifests: the repository that has it. */
  readonly repository?: string;
  readonly detail: string;
  /** With repair: whether the row was taken out, so that the next push of the digest heals it. */
  readonly repaired: boolean;
}

export interface Progress {
  readonly kind: 'progress' | 'end';
  readonly blobs: number;
  readonly bytes: number;
  readonly manifests: number;
  readonly findings: number;
}

export interface ScrubParts {
  readonly database: Database;
  readonly store: BlobStore;
  readonly clock: Clock;
}

/**
 * Reads every byte and every manifest against its digest, those in the trash too, and every blob a manifest needs against
 * what its repository holds (of the trash: what the region has), while the registry works; in pages, one blob at a time. With `repair` a blob whose bytes are gone or damaged
 * loses its row: nothing serves it any more, and the next push of the digest brings it back.
 */
export class Scrub {
  readonly #parts: ScrubParts;
  readonly #repair: Actor | undefined;
  readonly #counts = { blobs: 0, bytes: 0, manifests: 0, findings: 0 };

  constructor(parts: ScrubParts, repair: Actor | undefined) {
    this.#parts = parts;
    this.#repair = repair;
  }

  async *run(signal: AbortSignal): AsyncIterable<Finding | Progress> {
    const regions = await listRegions(this.#parts.database.db);
    for (const region of regions) yield* this.#blobsOf(region, signal);
    const names = new Map(regions.map(({ id, name }) => [id, name]));
    for (const place of [this.#inRepositories(), this.#inTrash()])
      yield* this.#manifests(place, names, signal);
    yield { kind: 'end', ...this.#counts };
  }

  async *#blobsOf(
    region: { id: string; name: string },
    signal: AbortSignal,
  ): AsyncIterable<Finding | Progress> {
    const { db } = this.#parts.database;
    for (let after = ''; ; ) {
      const page = await blobsAfter(db, region.id, after, PAGE);
      for (const row of page) {
        signal.throwIfAborted();
        const fault = await this.#faultOf(row, signal);
        if (fault) {
          this.#counts.findings++;
          const repaired = await this.#quarantine(row, fault.fault);
          yield { kind: 'finding', region: region.name, digest: row.digest, ...fault, repaired };
        }
        if (++this.#counts.blobs % PROGRESS === 0) yield { kind: 'progress', ...this.#counts };
      }
      const last = page.at(-1);
      if (!last) return;
      after = last.digest;
      await turnOfLoop();
    }
  }

  #inRepositories(): Place {
    const { db } = this.#parts.database;
    return {
      called: 'here',
      content: (key) => contentOf(db, 'manifests', key),
      after: (after) => manifestsAfter(db, after, PAGE),
      readable: (id, digests) => readableBlobs(db, id, digests),
      isThere: async ({ repository_id, digest }) => {
        const parsed = parseDigest(digest);
        return parsed !== undefined && (await findManifest(db, repository_id, parsed)) !== undefined;
      },
    };
  }

  /** Deleted images as long as they can be restored. Their repositories may have no links to their blobs any more. */
  #inTrash(): Place {
    const { database, clock } = this.#parts;
    const { db } = database;
    return {
      called: 'in the trash',
      content: (key) => contentOf(db, 'trashed_manifests', key),
      after: (after) => trashedManifestsAfter(db, { after, at: clock.now(), limit: PAGE }),
      readable: (id, digests) => storedBlobs(db, id, digests),
      isThere: (key) => isInTrash(db, key, clock.now()),
    };
  }

  async *#manifests(
    place: Place,
    regions: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): AsyncIterable<Finding | Progress> {
    const { db } = this.#parts.database;
    for (let after: LinkKey = { repository_id: '', digest: '' }; ; ) {
      const page = await place.after(after);
      for (const row of page) {
        signal.throwIfAborted();
        for (const fault of await this.#faultsOfManifest(place, row)) {
          const repository = await findRepositoryById(db, row.repository_id);
          if (!repository || repository.region_id === REMOVED) continue;
          this.#counts.findings++;
          const region = regions.get(repository.region_id) ?? repository.region_id;
          const { digest } = row;
          yield { kind: 'finding', region, digest, repository: repository.name, ...fault, repaired: false };
        }
        if (++this.#counts.manifests % PROGRESS === 0) yield { kind: 'progress', ...this.#counts };
      }
      const last = page.at(-1);
      if (!last) return;
      after = last;
      await turnOfLoop();
    }
  }

  async #faultOf(row: KeptBlob, signal: AbortSignal): Promise<Pick<Finding, 'fault' | 'detail'> | undefined> {
    const digest = row.digest as Digest;
    try {
      const found = await this.#read(row.storage_key, digest, signal);
      if (found.digest !== digest)
        return { fault: 'bytes-damaged', detail: `the bytes are ${found.digest} (${found.size} bytes)` };
      if (found.size === row.size) return undefined;
      return { fault: 'size-wrong', detail: `${found.size} bytes, but the row says ${row.size}` };
    } catch (error) {
      signal.throwIfAborted();
      // it may have been collected or replaced since the page was read, which is no fault
      const now = await findBlob(this.#parts.database.db, row.region_id, digest);
      if (now?.storageKey !== row.storage_key) return undefined;
      if (error instanceof RegistryError && error.code === 'BLOB_UNKNOWN')
        return { fault: 'bytes-missing', detail: 'the blob store does not have its bytes' };
      const reason = error instanceof RegistryError ? (error.reason ?? error.message) : String(error);
      return { fault: 'bytes-unreadable', detail: reason };
    }
  }

  async #read(key: string, digest: Digest, signal: AbortSignal): Promise<{ digest: Digest; size: number }> {
    // by its name: an open descriptor would still read a file that was unlinked
    if ((await this.#parts.store.stat(key)) === undefined) throw new RegistryError('BLOB_UNKNOWN');
    const found = await digestOfStored(this.#parts.store, key, algorithmOf(digest), signal);
    this.#counts.bytes += found.size;
    return found;
  }

  /** Only what cannot get worse by it: an unreadable disk may be read tomorrow. */
  async #quarantine(row: KeptBlob, fault: Fault): Promise<boolean> {
    const { database, clock } = this.#parts;
    if (!this.#repair || (fault !== 'bytes-missing' && fault !== 'bytes-damaged')) return false;
    const at = clock.now();
    const { region_id: regionId, digest, storage_key: storageKey } = row;
    const event = {
      accountId: null,
      at,
      action: 'tidegate.blob.quarantine',
      target: `${digest} (${storageKey})`,
      reason: fault,
    };
    const blob = { regionId, digest, storageKey };
    return database.write(quarantineBlob, {
      blob,
      left: fault === 'bytes-damaged',
      actor: this.#repair,
      event,
    });
  }

  async #faultsOfManifest(place: Place, row: KeptManifest): Promise<Pick<Finding, 'fault' | 'detail'>[]> {
    const damaged = (detail: string) => [{ fault: 'manifest-damaged', detail } as const];
    const it = place.called === 'here' ? 'its content' : `its content ${place.called}`;
    const content = await place.content(row);
    if (!content) return [];
    // what is large is hashed and parsed in a turn of its own
    if (content.length > LARGE) await turnOfLoop();
    const digest = parseDigest(row.digest);
    const actual = digest && digestOf(content, algorithmOf(digest));
    if (!digest || actual !== digest) return damaged(`${it} is ${actual ?? 'under no digest'}`);
    const required = neededBy(content, row.media_type);
    if (!required) return damaged(`${it} cannot be read as ${row.media_type}`);
    const readable = await place.readable(row.repository_id, required);
    const missing = required.filter((each) => !readable.has(each));
    if (missing.length === 0) return [];
    // deleted, restored or cleared away since the page was read, and its blobs after it
    if (!(await place.isThere(row))) return [];
    const where = place.called === 'here' ? 'it needs' : `${place.called}, it needs`;
    return missing.map((each) => ({ fault: 'blob-missing', detail: `${where} ${each}, which is not here` }));
  }
}

/** Where manifests are: in repositories, or in the trash. */
interface Place {
  readonly called: 'here' | 'in the trash';
  after(after: LinkKey): Promise<KeptManifest[]>;
  content(key: LinkKey): Promise<Uint8Array | undefined>;
  /** Which of these blobs the manifests there can be pulled with, or restored. */
  readable(repositoryId: string, digests: readonly string[]): Promise<ReadonlySet<string>>;
  isThere(key: LinkKey): Promise<boolean>;
}

/** The blobs a manifest cannot be pulled without; undefined where it is none that this program would accept. */
const neededBy = (content: Uint8Array, mediaType: string): Digest[] | undefined => {
  try {
    return requiredBlobs(parseStoredManifest(content, mediaType)).map(({ digest }) => digest);
  } catch {
    return undefined;
  }
};
