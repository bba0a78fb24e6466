import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import { parseStoredManifest } from '../../oci/manifest.ts';
import { isIndex } from '../../oci/media-type.ts';
import type { Reference } from '../../oci/reference.ts';
import { isJsonObject, type JsonObject } from '../../oci/strict-json.ts';
import { LARGE } from '../../turns.ts';
import type { Blobs } from '../blobs/blobs.ts';
import type { StoredBlob } from '../blobs/rows.ts';
import type { Manifests } from '../manifests/manifests.ts';
import { findReferenced, heldManifests } from '../manifests/rows.ts';
import type { Pulls, PullTotals } from '../pulls/pulls.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { tagsOfManifest } from '../tags/rows.ts';
import type { RepositoryTarget } from '../target.ts';
import { factsOfManifest, type ManifestFacts } from './rows.ts';

/** Bytes of a config that are read and shown; there are few above, and parsing one holds other requests up. */
const READABLE = 512 << 10;
/** Tags of an image that are shown. */
const MOST_TAGS = 200;

/** One image as `inspect` shows it. */
export interface Inspection extends ManifestFacts {
  /** What its config says; undefined for an index, and where the config is no JSON object or too large. */
  readonly config: JsonObject | undefined;
  /** What an index lists. */
  readonly children: readonly Descriptor[];
  /** In byte order: at most 200. */
  readonly tags: readonly string[];
  readonly pulls: PullTotals | undefined;
  readonly tagPulls: ReadonlyMap<string, PullTotals>;
}

export interface InspectionParts {
  readonly database: Database;
  readonly repositories: Repositories;
  readonly manifests: Manifests;
  readonly blobs: Blobs;
  readonly pulls: Pulls;
}

/** What the registry knows of one image. */
export class Inspections {
  readonly #parts: InspectionParts;

  constructor(parts: InspectionParts) {
    this.#parts = parts;
  }

  /** Bytes that `of` looks through: the manifest's and, unless these are many, the config's. 0 where there is no such image. */
  async sizeOf(target: RepositoryTarget, reference: Reference): Promise<number> {
    const { db } = this.#parts.database;
    const { regionId, namespace, name } = target;
    const found = await findReferenced(db, { regionId, namespaceId: namespace.id, name }, reference);
    if (found?.digest == null) return 0;
    const { repositoryId, digest } = found;
    const manifest = (await heldManifests(db, repositoryId, [digest])).get(digest)?.size ?? 0;
    // SQLite finds the facts of a row behind its content, and reads all of it
    if (manifest > LARGE) return manifest;
    const facts = await factsOfManifest(db, repositoryId, digest);
    return manifest + ((facts && (await this.#readable(target, facts)))?.size ?? 0);
  }

  /** Throws NAME_UNKNOWN or MANIFEST_UNKNOWN. */
  async of(target: RepositoryTarget, reference: Reference): Promise<Inspection> {
    const { database, repositories, manifests, pulls } = this.#parts;
    const { db } = database;
    const { digest, mediaType, latin1 } = await manifests.get(target, reference);
    const repository = await repositories.find(target);
    const facts = repository && (await factsOfManifest(db, repository.id, digest));
    if (!facts) throw new RegistryError('MANIFEST_UNKNOWN');
    const tags = (await tagsOfManifest(db, facts.repositoryId, digest, MOST_TAGS)).sort();
    const pulled = (await pulls.ofImages([{ repositoryId: facts.repositoryId, digest, tags }])).get(
      facts.repositoryId,
    );
    return {
      ...facts,
      config: await this.#config(target, facts),
      children: isIndex(mediaType)
        ? parseStoredManifest(Buffer.from(latin1, 'latin1'), mediaType).children
        : [],
      tags,
      pulls: pulled?.digests.get(digest),
      tagPulls: pulled?.tags ?? new Map(),
    };
  }

  async #config(target: RepositoryTarget, facts: ManifestFacts): Promise<JsonObject | undefined> {
    const blob = await this.#readable(target, facts);
    const bytes = blob && (await this.#parts.blobs.whole(blob, READABLE));
    return bytes && objectIn(bytes);
  }

  /** The config, where it is one that is read. */
  async #readable(
    target: RepositoryTarget,
    { configDigest }: ManifestFacts,
  ): Promise<StoredBlob | undefined> {
    const digest: Digest | undefined = configDigest === null ? undefined : parseDigest(configDigest);
    if (digest === undefined) return undefined;
    try {
      const blob = await this.#parts.blobs.find(target, digest);
      return blob.size <= READABLE ? blob : undefined;
    } catch (error) {
      // its bytes were lost, and a repair removed the row: the rest of the image can still be shown
      if (error instanceof RegistryError && error.code === 'BLOB_UNKNOWN') return undefined;
      throw error;
    }
  }
}

/** What is no JSON object is another kind of artifact. */
const objectIn = (bytes: Buffer): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
