import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Database, Db } from '../../database/database.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import { type Manifest, parseStoredManifest } from '../../oci/manifest.ts';
import { isIndex } from '../../oci/media-type.ts';
import type { Reference } from '../../oci/reference.ts';
import type { Manifests } from '../manifests/manifests.ts';
import { findShortManifest, heldManifests, manifestsReferringTo } from '../manifests/rows.ts';
import { listReferrers } from '../referrers/rows.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { RepositoryTarget } from '../target.ts';
import {
  type AttestationKind,
  BUILDKIT_ABOUT,
  isOfBuildkit,
  kindOf,
  predicateTypesOf,
} from './attestation-kinds.ts';

/** What hangs on an image: a list of its contents, how it was built, or who signed it. */
export interface Attestation {
  readonly kind: AttestationKind;
  /** `referrer`: a manifest that names the image as its subject. `buildkit`: one that stands beside it in an index. */
  readonly through: 'referrer' | 'buildkit';
  /** Digest of the image it is about. */
  readonly about: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly size: number;
  /** in-toto predicate types that it states. */
  readonly predicateTypes: readonly string[];
}

/** More are not listed. */
const MOST = 100;
/** Images of an index that are looked at. */
const MOST_CHILDREN = 50;
/** Indexes that are looked through for attestations of one of their images. */
const MOST_INDEXES = 10;
/** Bytes of a manifest that is read for what it states; those of attestations have one or two thousand. */
const READABLE = 64 << 10;
/** Bytes of an index that is looked through for what stands beside an image: one with a thousand entries has fewer. */
const READABLE_INDEX = 512 << 10;

export interface AttestationParts {
  readonly database: Database;
  readonly repositories: Repositories;
  readonly manifests: Manifests;
}

/** SBOMs, provenance and signatures of an image: its referrers, and what BuildKit put beside it in an index. */
export class Attestations {
  readonly #parts: AttestationParts;

  constructor(parts: AttestationParts) {
    this.#parts = parts;
  }

  /**
   * Of the image, and where it is an index, of the images it lists: at most 100. Of what is looked through, each piece has
   * a turn of the event loop; who asks lets no other look of the account begin before. Throws MANIFEST_UNKNOWN.
   */
  async of(target: RepositoryTarget, reference: Reference): Promise<Attestation[]> {
    const { database, repositories, manifests } = this.#parts;
    const { db } = database;
    await turnOfLoop();
    const { digest, mediaType, latin1 } = await manifests.get(target, reference);
    const repository = await repositories.find(target);
    if (!repository) return [];
    const { id } = repository;
    const children = isIndex(mediaType)
      ? parseStoredManifest(Buffer.from(latin1, 'latin1'), mediaType).children
      : [];
    const images = children.filter((child) => !isOfBuildkit(child)).slice(0, MOST_CHILDREN);
    const beside = isIndex(mediaType) ? children : await this.#besideIn(id, digest as Digest);
    const found: Attestation[] = [];
    for (const about of [digest, ...images.map((child) => child.digest)]) {
      await turnOfLoop();
      for (const referrer of await referrersOf(db, id, about, MOST - found.length)) {
        await turnOfLoop();
        found.push(await read(db, id, referrer, about, 'referrer'));
      }
    }
    const about = (child: Descriptor): string => child.annotations?.[BUILDKIT_ABOUT] ?? digest;
    for (const child of beside.filter(isOfBuildkit).slice(0, MOST - found.length)) {
      await turnOfLoop();
      found.push(await read(db, id, child.digest, about(child), 'buildkit'));
    }
    return found.filter(({ size }) => size > 0);
  }

  /** What stands beside an image in the indexes that list it, as far as it is about the image. Very long ones are left out. */
  async #besideIn(repositoryId: string, digest: Digest): Promise<Descriptor[]> {
    const { db } = this.#parts.database;
    const found = new Map<string, Descriptor>();
    for (const holder of await manifestsReferringTo(db, repositoryId, digest, MOST_INDEXES)) {
      await turnOfLoop();
      const manifest = await manifestOf(db, repositoryId, holder, READABLE_INDEX);
      for (const child of manifest?.children ?? [])
        if (child.annotations?.[BUILDKIT_ABOUT] === digest) found.set(child.digest, child);
    }
    return [...found.values()];
  }
}

const referrersOf = async (
  db: Db,
  repositoryId: string,
  subject: string,
  limit: number,
): Promise<string[]> => {
  if (limit <= 0) return [];
  const rows = await listReferrers(db, { repositoryId, subject, after: '', limit });
  return rows.map(({ digest }) => digest);
};

const manifestOf = async (
  db: Db,
  repositoryId: string,
  digest: string,
  most: number,
): Promise<Manifest | undefined> => {
  const row = await findShortManifest(db, repositoryId, digest, most);
  return row?.content ? parseStoredManifest(row.content, row.mediaType) : undefined;
};

/** One that is gone meanwhile has the size 0. */
const read = async (
  db: Db,
  repositoryId: string,
  digest: string,
  about: string,
  through: Attestation['through'],
): Promise<Attestation> => {
  const held = (await heldManifests(db, repositoryId, [digest])).get(digest);
  const manifest = held && (await manifestOf(db, repositoryId, digest, READABLE));
  const artifactType = manifest?.artifactType;
  const predicateTypes = predicateTypesOf(manifest);
  return {
    kind: kindOf([artifactType ?? '', ...predicateTypes]),
    through,
    about,
    digest,
    mediaType: held?.mediaType ?? '',
    artifactType,
    size: held?.size ?? 0,
    predicateTypes,
  };
};
