import { LRUCache } from 'lru-cache';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { RegistryError } from '../../errors.ts';
import type { Reference, Tag } from '../../oci/reference.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { findTag } from '../tags/rows.ts';
import type { RepositoryTarget } from '../target.ts';
import { findManifest, findReferenced, type StoredManifest } from './rows.ts';

/** A manifest as it is served. */
export interface ServedManifest {
  readonly digest: string;
  readonly mediaType: string;
  /** The exact bytes, one character each: head and body then leave in one write, a fifth cheaper than two buffers. */
  readonly latin1: string;
}

/** Bytes of manifests that are kept in memory: some thousands of usual ones, two of the largest. */
const KEPT_BYTES = 8 << 20;
/** What keeping one takes beside its bytes. */
const KEPT_BESIDE = 500;

/**
 * Reads manifests for those who pull. Where this process alone changes the database, all of it is kept until it changes.
 * Elsewhere one statement says what the reference stands for now, and only the bytes are kept, which a digest fixes for
 * every repository.
 */
export class ServedManifests {
  readonly #database: Database;
  readonly #repositories: Repositories;
  readonly #byDigest: LiveCache<ServedManifest>;
  readonly #byTag: LiveCache<{ digest: string }>;
  readonly #bytes = new LRUCache<string, Pick<ServedManifest, 'latin1'>>({
    maxSize: KEPT_BYTES,
    sizeCalculation: (kept) => weightOf(kept),
  });

  constructor(database: Database, repositories: Repositories) {
    this.#database = database;
    this.#repositories = repositories;
    this.#byDigest = new LiveCache<ServedManifest>(database, ['manifest'], KEPT_BYTES, 'content', weightOf);
    this.#byTag = new LiveCache(database, ['tag'], 20_000, 'content');
  }

  /** Throws NAME_UNKNOWN or MANIFEST_UNKNOWN. */
  async get(target: RepositoryTarget, reference: Reference): Promise<ServedManifest> {
    const found = this.#database.alone
      ? await this.#kept(target, reference)
      : await this.#now(target, reference);
    if (!found) throw new RegistryError('MANIFEST_UNKNOWN', { detail: describe(target, reference) });
    return found;
  }

  async #kept(target: RepositoryTarget, reference: Reference): Promise<ServedManifest | undefined> {
    const repository = await this.#repositories.find(target);
    if (!repository) throw nameUnknown(target);
    const { id } = repository;
    const digest = reference.kind === 'digest' ? reference.digest : await this.#tagged(id, reference.tag);
    if (!digest) return undefined;
    return this.#byDigest.get(`${id}/${digest}`, async () => {
      const row = await findManifest(this.#database.db, id, digest);
      return row && { digest, mediaType: row.mediaType, latin1: latin1Of(row) };
    });
  }

  async #tagged(repositoryId: string, tag: Tag): Promise<string | undefined> {
    const found = await this.#byTag.get(`${repositoryId}/${tag}`, () =>
      findTag(this.#database.db, repositoryId, tag),
    );
    return found?.digest;
  }

  async #now(target: RepositoryTarget, reference: Reference): Promise<ServedManifest | undefined> {
    const { db } = this.#database;
    const { regionId, namespace, name } = target;
    const found = await findReferenced(db, { regionId, namespaceId: namespace.id, name }, reference);
    if (!found) throw nameUnknown(target);
    const { repositoryId, digest, mediaType } = found;
    if (digest === null || mediaType === null) return undefined;
    const kept = this.#bytes.get(digest);
    if (kept) return { digest, mediaType, latin1: kept.latin1 };
    const row = await findManifest(db, repositoryId, digest);
    // it may have gone since
    if (!row) return undefined;
    const latin1 = latin1Of(row);
    this.#bytes.set(digest, { latin1 });
    return { digest, mediaType: row.mediaType, latin1 };
  }
}

const weightOf = ({ latin1 }: Pick<ServedManifest, 'latin1'>): number => latin1.length + KEPT_BESIDE;

const latin1Of = ({ content }: StoredManifest): string => Buffer.from(content).toString('latin1');

const nameUnknown = ({ name }: RepositoryTarget): RegistryError =>
  new RegistryError('NAME_UNKNOWN', { detail: { name } });

export const describe = ({ name }: RepositoryTarget, reference: Reference): Record<string, string> =>
  reference.kind === 'tag' ? { name, tag: reference.tag } : { name, digest: reference.digest };
