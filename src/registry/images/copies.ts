import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import { imageSize, parseStoredManifest } from '../../oci/manifest.ts';
import { isManifestType } from '../../oci/media-type.ts';
import type { Reference, Tag } from '../../oci/reference.ts';
import type { Actor } from '../../principal.ts';
import type { Quotas } from '../../tenancy/room.ts';
import type { Turns } from '../../turns.ts';
import type { Activity } from '../activity/activity.ts';
import { linkBlobs } from '../blobs/writes.ts';
import { type Content, contentsIn } from '../manifests/contents.ts';
import { pushedBy } from '../manifests/manifests.ts';
import { findReferenced, heldManifests, storedManifestRow } from '../manifests/rows.ts';
import { putManifest } from '../manifests/writes.ts';
import { changeOf } from '../record.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { placeOf, type RepositoryTarget } from '../target.ts';

/** Links that one write makes: it holds up every other write for so long. */
const LINKS_AT_ONCE = 100;
/** Manifests that one copy brings into another repository. */
const MOST_MANIFESTS = 1000;
/** Indexes inside of indexes. */
const MOST_DEPTH = 4;

export interface CopyParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly activity: Activity;
  readonly sparseIndex: boolean;
  readonly turns: Turns;
  readonly quotas: Pick<Quotas, 'admitPush' | 'takenBeside'>;
}

/** Throws where the caller may not refer to this digest there. */
export type RefuseSubject = (subject: string) => Promise<void>;

/** One copy that is under way. */
interface Copy {
  /** Id of the repository it comes from. */
  readonly from: string;
  readonly to: RepositoryTarget;
  readonly actor: Actor;
  readonly refuseSubject: RefuseSubject;
  /** How many manifests were looked at. */
  manifests: number;
}

/** What a copy has to know of a manifest. */
interface Looked {
  readonly contents: readonly Content[];
  readonly imageSize: number;
  readonly subject: Digest | undefined;
}

type StoredRow = NonNullable<Awaited<ReturnType<typeof storedManifestRow>>>;

/**
 * Tags an image, also in another repository: the manifest, what it lists and the links to their blobs are copied, and no
 * bytes move. It is a row of short writes: blobs before the manifest that needs them, children before their index, and the
 * tag with the last one. A copy that breaks off leaves no tag; what it made so far is untagged. Of the large manifests of
 * an account one is in memory at a time, however many copies are under way.
 */
export class Copies {
  readonly #parts: CopyParts;

  constructor(parts: CopyParts) {
    this.#parts = parts;
  }

  /** Throws NAME_UNKNOWN or MANIFEST_UNKNOWN where the source is not there. */
  async tag(
    source: { readonly target: RepositoryTarget; readonly reference: Reference },
    to: RepositoryTarget,
    tag: Tag,
    actor: Actor,
    refuseSubject: RefuseSubject,
  ): Promise<void> {
    const { from, digest } = await this.#find(source.target, source.reference);
    const copy: Copy = { from, to, actor, refuseSubject, manifests: 0 };
    try {
      await this.#manifest(copy, digest, { tag, depth: 1 });
    } catch (error) {
      throw isAbsence(error) ? goneMeanwhile(digest) : error;
    }
  }

  /** Which manifest that is, without its content. */
  async #find(
    { regionId, namespace, name }: RepositoryTarget,
    reference: Reference,
  ): Promise<{ from: string; digest: Digest }> {
    const place = { regionId, namespaceId: namespace.id, name };
    const found = await findReferenced(this.#parts.database.db, place, reference);
    if (!found) throw new RegistryError('NAME_UNKNOWN');
    const { repositoryId, digest, mediaType } = found;
    if (digest === null || mediaType === null) throw new RegistryError('MANIFEST_UNKNOWN');
    return { from: repositoryId, digest: digest as Digest };
  }

  async #manifest(
    copy: Copy,
    digest: Digest,
    { tag, depth }: { tag: Tag | undefined; depth: number },
  ): Promise<void> {
    const { database, turns } = this.#parts;
    copy.manifests++;
    if (copy.manifests > MOST_MANIFESTS || depth > MOST_DEPTH)
      throw new RegistryError('UNSUPPORTED', {
        message: `The image lists more than ${MOST_MANIFESTS} manifests, or lists ${MOST_DEPTH} levels deep: copy it with a client, such as crane copy.`,
      });
    const size = (await heldManifests(database.db, copy.from, [digest])).get(digest)?.size ?? 0;
    const inTurn = <Answer>(work: () => Promise<Answer>): Promise<Answer> =>
      turns.forBytes(copy.to.namespace.accountId, size, work);
    const looked = await inTurn(() => this.#look(copy, digest));
    if (looked.subject !== undefined) await copy.refuseSubject(looked.subject);
    const isThere = await this.#isIn(copy.to, copy.from, digest);
    // what it lists has turns of its own
    if (!isThere) await this.#contents(copy, looked.contents, depth);
    const place = { accountId: copy.to.namespace.accountId, regionId: copy.to.regionId };
    await this.#parts.quotas.admitPush(place);
    await inTurn(() => this.#store(copy, digest, tag, looked));
    // each repository has its own row of it, and the counters have it once
    if (!isThere) this.#parts.quotas.takenBeside(place, size);
  }

  async #look(copy: Copy, digest: Digest): Promise<Looked> {
    const { content, media_type } = await this.#stored(copy, digest);
    const manifest = parseStoredManifest(content, media_type);
    return {
      contents: contentsIn(manifest, this.#parts.sparseIndex),
      imageSize: imageSize(manifest),
      subject: manifest.subject?.digest,
    };
  }

  async #store(
    copy: Copy,
    digest: Digest,
    tag: Tag | undefined,
    { contents, imageSize }: Looked,
  ): Promise<void> {
    const { database, clock, activity } = this.#parts;
    const row = await this.#stored(copy, digest);
    const place = placeOf(copy.to, clock.now());
    const reference: Reference = tag === undefined ? { kind: 'digest', digest } : { kind: 'tag', tag };
    await database.write(putManifest, {
      place,
      guard: undefined,
      row: { ...row, image_size: imageSize, created_at: place.at, ...pushedBy(copy.actor) },
      tags: tag === undefined ? [] : [tag],
      contents,
      reference,
      by: changeOf(copy.to, copy.actor, place.at),
      isCopy: true,
    });
    activity.notePush(copy.to, place.at);
  }

  async #stored({ from }: Copy, digest: Digest): Promise<StoredRow> {
    const row = await storedManifestRow(this.#parts.database.db, from, digest);
    if (!row) throw goneMeanwhile(digest);
    return row;
  }

  /** Everything a manifest needs, as far as the source has it. */
  async #contents(copy: Copy, contents: readonly Content[], depth: number): Promise<void> {
    const { database, clock } = this.#parts;
    const children = contents.filter(({ kind, mediaType }) => kind === 'child' && isManifestType(mediaType));
    const there = await heldManifests(
      database.db,
      copy.from,
      children.map(({ digest }) => digest),
    );
    const isChild = ({ digest }: Content): boolean => there.has(digest);
    for (const digest of new Set(children.filter(isChild).map((child) => child.digest))) {
      const parsed = parseDigest(digest);
      if (parsed) await this.#manifest(copy, parsed, { tag: undefined, depth: depth + 1 });
    }
    const blobs = [...new Set(contents.filter((each) => !isChild(each)).map(({ digest }) => digest))];
    for (let start = 0; start < blobs.length; start += LINKS_AT_ONCE)
      await database.write(linkBlobs, {
        place: placeOf(copy.to, clock.now()),
        from: copy.from,
        digests: blobs.slice(start, start + LINKS_AT_ONCE),
      });
  }

  /** Whether the target has the manifest, and with it all that it needs. */
  async #isIn(to: RepositoryTarget, from: string, digest: string): Promise<boolean> {
    const repository = await this.#parts.repositories.find(to);
    if (!repository) return false;
    if (repository.id === from) return true;
    return (await heldManifests(this.#parts.database.db, repository.id, [digest])).has(digest);
  }
}

/** What the source had when the copy began is gone. */
const isAbsence = (error: unknown): boolean =>
  error instanceof RegistryError && error.code === 'MANIFEST_BLOB_UNKNOWN';

const goneMeanwhile = (digest: string): RegistryError =>
  new RegistryError('CONFLICT', { message: `${digest} was deleted while it was copied; try again.` });
