import { LRUCache } from 'lru-cache';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { RegistryError } from '../../errors.ts';
import type { Reference, Tag } from '../../oci/reference.ts';
import { LARGE, Turns } from '../../turns.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { findTag } from '../tags/rows.ts';
import type { RepositoryTarget } from '../target.ts';
import { findManifest, findReferenced, findShortManifest } from './rows.ts';

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
 * every repository. Large ones that are not kept are read one after the other for each account that has them.
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

  readonly #turns = new Turns();

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
    const key = `${id}/${digest}`;
    const whole = () => this.#byDigest.get(key, () => this.#whole(id, digest));
    return this.#byDigest.get(key, () => this.#read(target, id, digest, whole));
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
    const whole = async (): Promise<ServedManifest | undefined> => {
      const read = this.#bytes.get(digest);
      return read ? { digest, mediaType, latin1: read.latin1 } : this.#whole(repositoryId, digest);
    };
    // it may have gone since
    const read = await this.#read(target, repositoryId, digest, whole);
    if (read) this.#bytes.set(digest, { latin1: read.latin1 });
    return read;
  }

  /** Reads a short manifest at once, and a large one by `whole` in a turn: another may have read it before. */
  async #read(
    { namespace }: RepositoryTarget,
    repositoryId: string,
    digest: string,
    whole: () => Promise<ServedManifest | undefined>,
  ): Promise<ServedManifest | undefined> {
    const row = await findShortManifest(this.#database.db, repositoryId, digest, LARGE);
    if (row?.content === null) return this.#turns.take(namespace.accountId, whole);
    return row && { digest, mediaType: row.mediaType, latin1: latin1Of(row.content) };
  }

  async #whole(repositoryId: string, digest: string): Promise<ServedManifest | undefined> {
    const row = await findManifest(this.#database.db, repositoryId, digest);
    return row && { digest, mediaType: row.mediaType, latin1: latin1Of(row.content) };
  }
}

const weightOf = ({ latin1 }: Pick<ServedManifest, 'latin1'>): number => latin1.length + KEPT_BESIDE;

const latin1Of = (content: Uint8Array): string => Buffer.from(content).toString('latin1');

const nameUnknown = ({ name }: RepositoryTarget): RegistryError =>
  new RegistryError('NAME_UNKNOWN', { detail: { name } });

export const describe = ({ name }: RepositoryTarget, reference: Reference): Record<string, string> =>
  reference.kind === 'tag' ? { name, tag: reference.tag } : { name, digest: reference.digest };
