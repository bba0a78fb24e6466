import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Database } from '../../database/database.ts';
import { windows } from '../../database/windows.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { parseStoredManifest } from '../../oci/manifest.ts';
import { isIndex, MEDIA_TYPES } from '../../oci/media-type.ts';
import type { Turns } from '../../turns.ts';
import type { Blobs } from '../blobs/blobs.ts';
import { type AttestationKind, isOfBuildkit, kindOf, predicateTypesOf } from '../images/attestation-kinds.ts';
import type { RepositoryTarget } from '../target.ts';
import { ImagePlatforms } from './image-platforms.ts';
import { type ManifestRowFacts, manifestFacts, shortContents, someReferrers } from './manifest-rows.ts';

/** What one platform of an image is. */
export interface ListedPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | undefined;
  readonly digest: string;
  /** Bytes; undefined where the registry does not have it. */
  readonly size: number | undefined;
}

export type AttestationCounts = Readonly<Record<AttestationKind, number>>;

export interface DescribedManifest {
  readonly mediaType: string;
  /** `image`, `index`, or the type of another artifact. */
  readonly kind: string;
  readonly pushedBy: string;
  /** Of an index the smallest and the largest of what it lists. */
  readonly sizes: { readonly smallest: number; readonly largest: number };
  readonly platforms: readonly ListedPlatform[];
  /** What hangs on it, counted up to a bound. */
  readonly referrers: AttestationCounts;
}

/** What is kept of an index, by repository: of what another one has, nothing is told. */
interface ReadIndex {
  readonly platforms: readonly Omit<ListedPlatform, 'size'>[];
  readonly attestations: readonly string[];
}

/** A repository, and the account whose turns looking through its manifests takes. */
interface Place {
  readonly accountId: string;
  readonly repositoryId: string;
}

/** Platforms of an index that are told. */
const MOST_PLATFORMS = 50;
/** Attestations beside the images of an index that are looked at. */
const MOST_ATTESTATIONS = 50;
/** Bytes of a manifest that is read for what it lists; an index with fifty platforms has about fifteen thousand. */
const READABLE = 64 << 10;
/** Contents that one statement reads. */
const CONTENTS = 25;
const PAGE = 200;

const IMAGES: ReadonlySet<string> = new Set([MEDIA_TYPES.ociConfig, MEDIA_TYPES.dockerConfig]);

/** What a list tells of manifests: platforms, sizes and what hangs on them, read for a page at a time. */
export class ManifestDescriptions {
  readonly #database: Database;
  readonly #turns: Turns;
  readonly #images: ImagePlatforms;
  readonly #indexes = new LRUCache<string, ReadIndex>({ max: 500 });
  readonly #attested = new LRUCache<string, readonly AttestationKind[]>({ max: 2000 });

  constructor(database: Database, blobs: Blobs, turns: Turns) {
    this.#database = database;
    this.#turns = turns;
    this.#images = new ImagePlatforms(blobs, turns);
  }

  /** Of at most 200 manifests of a repository, by digest. */
  async of(
    target: RepositoryTarget,
    repositoryId: string,
    digests: readonly string[],
  ): Promise<ReadonlyMap<string, DescribedManifest>> {
    const rows = await manifestFacts(this.#database.db, repositoryId, digests);
    const place = { accountId: target.namespace.accountId, repositoryId };
    const indexes = await this.#read(
      place,
      rows.filter(({ mediaType }) => isIndex(mediaType)).map(({ digest }) => digest),
    );
    const sizes = await this.#sizes(
      repositoryId,
      [...indexes.values()].flatMap(({ platforms }) => platforms.map(({ digest }) => digest)),
    );
    const kinds = await this.#kinds(
      place,
      [...indexes.values()].flatMap(({ attestations }) => attestations),
    );
    const referrers = await this.#referrers(repositoryId, digests);
    const images = await this.#images.of(
      target,
      repositoryId,
      rows.filter((row) => kindOfManifest(row) === 'image'),
    );
    return new Map(
      rows.map((row) => {
        const index = indexes.get(row.digest);
        const own = images.get(row.digest);
        const platforms = own
          ? [{ ...own, digest: row.digest, size: row.size }]
          : (index?.platforms ?? []).map((each) => ({ ...each, size: sizes.get(each.digest) }));
        const beside = (index?.attestations ?? []).flatMap((digest) => kinds.get(digest) ?? []);
        const described: DescribedManifest = {
          mediaType: row.mediaType,
          kind: kindOfManifest(row),
          pushedBy: row.pushedBy,
          sizes: sizesOf(row.size, platforms),
          platforms,
          referrers: countsOf([...(referrers.get(row.digest) ?? []), ...beside]),
        };
        return [row.digest, described];
      }),
    );
  }

  async #read(place: Place, digests: readonly string[]): Promise<ReadonlyMap<string, ReadIndex>> {
    await this.#contents(place, digests, this.#indexes, indexOf);
    return found(place.repositoryId, digests, this.#indexes);
  }

  async #kinds(
    place: Place,
    digests: readonly string[],
  ): Promise<ReadonlyMap<string, readonly AttestationKind[]>> {
    const some = digests.slice(0, PAGE);
    await this.#contents<readonly AttestationKind[]>(place, some, this.#attested, (content, mediaType) => {
      const types = predicateTypesOf(parseStoredManifest(content, mediaType));
      return types.length === 0 ? ['other'] : types.map((type) => kindOf([type]));
    });
    return found(place.repositoryId, some, this.#attested);
  }

  /** Reads what is not known yet, in turns of the account; content that is not there is looked for again next time. */
  async #contents<Read extends object>(
    { accountId, repositoryId }: Place,
    digests: readonly string[],
    known: LRUCache<string, Read>,
    read: (content: Uint8Array, mediaType: string) => Read,
  ): Promise<void> {
    const missing = [...new Set(digests)].filter((digest) => !known.has(`${repositoryId}/${digest}`));
    for (let start = 0; start < missing.length; start += CONTENTS) {
      const some = missing.slice(start, start + CONTENTS);
      const ask = { repositoryId, digests: some, most: READABLE };
      const rows = await this.#turns.take(accountId, () => shortContents(this.#database.db, ask));
      for (const { digest, mediaType, content } of rows)
        await this.#turns.take(accountId, async () => {
          known.set(`${repositoryId}/${digest}`, read(content, mediaType));
        });
    }
  }

  async #sizes(repositoryId: string, digests: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const sizes = new Map<string, number>();
    const all = [...new Set(digests)];
    for (let start = 0; start < all.length; start += PAGE) {
      const some = await manifestFacts(this.#database.db, repositoryId, all.slice(start, start + PAGE));
      for (const { digest, size } of some) sizes.set(digest, size);
      await turnOfLoop();
    }
    return sizes;
  }

  /** What refers to each of these manifests, as far as a page of it goes. */
  async #referrers(
    repositoryId: string,
    digests: readonly string[],
  ): Promise<ReadonlyMap<string, readonly AttestationKind[]>> {
    const { db } = this.#database;
    const kinds = new Map<string, AttestationKind[]>();
    const read = (subjects: readonly string[], limit: number) =>
      someReferrers(db, { repositoryId, subjects, limit });
    for await (const { parents, rows } of windows(digests, PAGE, read))
      for (const { subject, artifactType, annotations } of rows ?? (await read(parents, PAGE))) {
        const kind = kindOf([artifactType ?? '', ...statedIn(annotations)]);
        const known = kinds.get(subject ?? '');
        if (known) known.push(kind);
        else kinds.set(subject ?? '', [kind]);
      }
    return kinds;
  }
}

const found = <Read extends object>(
  repositoryId: string,
  digests: readonly string[],
  known: LRUCache<string, Read>,
): ReadonlyMap<string, Read> =>
  new Map(
    digests.flatMap((digest) => {
      const read = known.get(`${repositoryId}/${digest}`);
      return read ? [[digest, read] as const] : [];
    }),
  );

const kindOfManifest = ({ mediaType, artifactType }: ManifestRowFacts): string => {
  if (artifactType !== null && artifactType !== '' && !IMAGES.has(artifactType)) return artifactType;
  return isIndex(mediaType) ? 'index' : 'image';
};

const sizesOf = (own: number, platforms: readonly ListedPlatform[]): DescribedManifest['sizes'] => {
  const sizes = platforms.flatMap(({ size }) => size ?? []);
  return sizes.length === 0
    ? { smallest: own, largest: own }
    : { smallest: Math.min(...sizes), largest: Math.max(...sizes) };
};

/** Attestations are no platforms: they belong to the image they describe. */
const indexOf = (content: Uint8Array, mediaType: string): ReadIndex => {
  const { children } = parseStoredManifest(content, mediaType);
  const isAttestation = (child: Descriptor): boolean =>
    isOfBuildkit(child) || (child.platform?.os === 'unknown' && child.platform?.architecture === 'unknown');
  return {
    platforms: children
      .filter((child) => child.platform !== undefined && !isAttestation(child))
      .slice(0, MOST_PLATFORMS)
      .map(({ platform, digest }) => ({
        os: platform?.os ?? '',
        architecture: platform?.architecture ?? '',
        variant: platform?.variant,
        digest,
      })),
    attestations: children
      .filter(isAttestation)
      .slice(0, MOST_ATTESTATIONS)
      .map(({ digest }) => digest),
  };
};

const countsOf = (kinds: readonly AttestationKind[]): AttestationCounts => {
  const counts = { signature: 0, sbom: 0, provenance: 0, other: 0 };
  for (const kind of kinds) counts[kind]++;
  return counts;
};

/** in-toto predicate types that the beginning of annotations states. */
const statedIn = (annotations: string): string[] =>
  [...annotations.matchAll(/"[^"]*predicate-?[tT]ype":"([^"]{1,300})"/g)].map(([, type = '']) => type);
