import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { pages } from '../../database/windows.ts';
import { RegistryError } from '../../errors.ts';
import { algorithmOf, type Digest, digestOf } from '../../oci/digest.ts';
import type { Precondition } from '../../oci/entity-tags.ts';
import { imageSize, parseManifest } from '../../oci/manifest.ts';
import type { Reference, Tag } from '../../oci/reference.ts';
import type { Actor } from '../../principal.ts';
import type { Activity } from '../activity/activity.ts';
import { tagsOfDigest } from '../images/rows.ts';
import { refuseProtected } from '../protection/refuse-protected.ts';
import { changeOf } from '../record.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { Repository } from '../repositories/rows.ts';
import { deleteTag } from '../tags/writes.ts';
import { placeOf, type RepositoryTarget } from '../target.ts';
import type { TaggedReferrers } from '../trash/moving.ts';
import { contentsIn, refuseForeignData } from './contents.ts';
import type { Guard } from './guard.ts';
import type { ImageConfigs } from './image-configs.ts';
import { describe, type ServedManifest, ServedManifests } from './served-manifests.ts';
import { deleteManifest, putManifest } from './writes.ts';

export interface PushedManifest {
  readonly digest: Digest;
  readonly subject: Digest | undefined;
}

export interface ManifestParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly imageConfigs: ImageConfigs;
  readonly activity: Activity;
  /** Accept indexes whose children are absent. */
  readonly sparseIndex: boolean;
  /** How long what is deleted can be restored, milliseconds. */
  readonly trashRetention: number;
}

const TAGS = 200;

/** Manifests and the tags that point at them: exact bytes in, the same bytes out. */
export class Manifests {
  readonly #parts: ManifestParts;
  readonly #served: ServedManifests;

  constructor(parts: ManifestParts) {
    this.#parts = parts;
    this.#served = new ServedManifests(parts.database, parts.repositories);
  }

  /** Throws NAME_UNKNOWN or MANIFEST_UNKNOWN. */
  get(target: RepositoryTarget, reference: Reference): Promise<ServedManifest> {
    return this.#served.get(target, reference);
  }

  /** Stores the bytes under their digest and `tags`; the digest must be the one the reference names, if it names one. */
  async put(
    target: RepositoryTarget,
    pushed: {
      reference: Reference;
      tags: readonly Tag[];
      bytes: Uint8Array;
      contentType: string | undefined;
      actor: Actor;
      precondition: Precondition | undefined;
    },
  ): Promise<PushedManifest> {
    const { reference, bytes } = pushed;
    const digest = digestOf(bytes, reference.kind === 'digest' ? algorithmOf(reference.digest) : 'sha256');
    if (reference.kind === 'digest' && reference.digest !== digest) {
      throw new RegistryError('DIGEST_INVALID', { message: `the manifest's digest is ${digest}` });
    }
    const manifest = parseManifest(bytes, pushed.contentType);
    refuseForeignData(manifest);
    const tags = reference.kind === 'tag' ? [reference.tag, ...pushed.tags] : pushed.tags;
    const config = await this.#parts.imageConfigs.read(target, manifest);
    const place = placeOf(target, this.#parts.clock.now());
    const row = {
      digest,
      media_type: manifest.mediaType,
      artifact_type: manifest.artifactType ?? null,
      subject: manifest.subject?.digest ?? null,
      annotations: JSON.stringify(manifest.annotations),
      config_digest: manifest.config?.digest ?? null,
      image_size: imageSize(manifest),
      image_created_at: config?.createdAt ?? null,
      content: bytes,
      created_at: place.at,
      ...pushedBy(pushed.actor),
    };
    const guard = guardOf(reference, pushed.precondition);
    const contents = contentsIn(manifest, this.#parts.sparseIndex);
    const by = changeOf(target, pushed.actor, place.at);
    await this.#parts.database.write(putManifest, { place, guard, row, tags, contents, reference, by });
    this.#parts.activity.notePush(target, place.at);
    return { digest, subject: manifest.subject?.digest };
  }

  /** By tag removes the tag alone; by digest moves the manifest with its tags and referrers (`tagged`: these, too) to the trash. */
  async remove(
    target: RepositoryTarget,
    reference: Reference,
    precondition: Precondition | undefined,
    actor: Actor,
    tagged: TaggedReferrers = 'go',
  ): Promise<void> {
    if (reference.kind === 'digest') {
      await this.removeImage(target, reference.digest, actor, { precondition, tagged });
      return;
    }
    const { database, clock } = this.#parts;
    const { id: repositoryId } = await this.#repository(target);
    const by = changeOf(target, actor, clock.now());
    const guard = guardOf(reference, precondition);
    if (!(await database.write(deleteTag, { repositoryId, guard, by, name: reference.tag })))
      throw new RegistryError('MANIFEST_UNKNOWN', { detail: describe(target, reference) });
  }

  /** Moves a manifest with its tags and referrers to the trash; answers until when it stays. UNSUPPORTED while an index needs it. */
  async removeImage(
    target: RepositoryTarget,
    digest: string,
    actor: Actor,
    {
      precondition,
      tagged = 'go',
    }: { precondition?: Precondition | undefined; tagged?: TaggedReferrers } = {},
  ): Promise<number> {
    const { database, clock, trashRetention } = this.#parts;
    const { id: repositoryId } = await this.#repository(target);
    const at = clock.now();
    const guard = guardOf({ kind: 'digest', digest: digest as Digest }, precondition);
    await this.#refuseProtectedTags(repositoryId, digest);
    const expiresAt = at + trashRetention;
    const removal = { repositoryId, digest, guard, by: changeOf(target, actor, at), expiresAt, tagged };
    for (;;) {
      const outcome = await database.write(deleteManifest, removal);
      if (outcome === 'gone') return expiresAt;
      if (outcome === 'absent')
        throw new RegistryError('MANIFEST_UNKNOWN', { detail: { name: target.name, digest } });
    }
  }

  /** Before the first of very many tags is moved: the write looks at as many as it moves. */
  async #refuseProtectedTags(repositoryId: string, digest: string): Promise<void> {
    const { db } = this.#parts.database;
    const all = pages<string>(TAGS, (after = '') =>
      tagsOfDigest(db, { repositoryId, digest, after, limit: TAGS }),
    );
    for await (const tags of all) await refuseProtected(db, repositoryId, tags);
  }

  async #repository(target: RepositoryTarget): Promise<Repository> {
    const repository = await this.#parts.repositories.find(target);
    if (!repository) throw new RegistryError('NAME_UNKNOWN', { detail: { name: target.name } });
    return repository;
  }
}

const guardOf = (reference: Reference, precondition: Precondition | undefined): Guard | undefined =>
  precondition && { reference, precondition };

/** Who pushed a manifest, with which credential and from where: what every view of it shows. */
export const pushedBy = ({ principal, credentialId, address, claims }: Actor) => ({
  created_by: principal,
  pushed_with: credentialId ?? null,
  pushed_from: address ?? null,
  pushed_claims: claims ? JSON.stringify(claimsOfBuild(claims)) : null,
});

/** Claims that say which token it was; the audit log has them. */
const OF_THE_TOKEN = new Set(['iss', 'jti', 'kid']);
const MOST_CLAIMS = 20;

/** What says which build it was: each image keeps it. */
const claimsOfBuild = (claims: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(claims)
      .filter(([name]) => !OF_THE_TOKEN.has(name))
      .slice(0, MOST_CLAIMS),
  );
