import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import { pages, windows } from '../../database/windows.ts';
import type { ListedNamespace } from '../listed.ts';
import { NO_PULLS, type Pulls, type PullsFound, type PullTotals } from '../pulls/pulls.ts';
import { bearsOneOf } from '../reach/bearing.ts';
import type { ReachingTags } from '../reach/reaching-tags.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { RepositoryTarget } from '../target.ts';
import {
  factsOfManifest,
  type ListedManifest,
  type ManifestFacts,
  type ManifestKey,
  manifestsBehind,
  manifestsTagged,
  someManifests,
  someTaggedManifests,
  someTagsOf,
  type TaggedManifest,
  taggedManifests,
  tagsOfDigest,
} from './rows.ts';

/** The most rows that one statement reads: what other requests wait for on the main thread. */
const PAGE = 200;

/** One digest of one repository. */
export interface Image extends ManifestFacts {
  readonly repository: string;
  /** Its first tags, in byte order. */
  readonly tags: readonly string[];
  /** It has more tags than that; `Images.tags` has all of them. */
  readonly more: boolean;
  /** Without a tag it is wanted still: an index lists it, or it belongs to an image. Not known of a list of the tagged. */
  readonly isHeld?: boolean;
  /** A list may tell only of these of its tags: `tags` has no others. */
  readonly only?: ReachingTags;
}

/** An image with what was pulled of it: of its digest, and of those of `tags` that were pulled. */
export interface ListedImage extends Image {
  readonly pulls: PullTotals | undefined;
  readonly tagPulls: ReadonlyMap<string, PullTotals>;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Which images a list has. */
export interface ImageFilter {
  readonly namespaces: readonly ListedNamespace[];
  /** `tagged`: what has a tag. `all`: every manifest. */
  readonly which: 'tagged' | 'all';
}

/**
 * The image view of the registry: manifests and tags as people list them. Lists are read a page at a time, and other
 * requests have their turn between two pages. So a list is not a snapshot: what is pushed meanwhile may be in it or not.
 */
export class Images {
  readonly #database: Database;
  readonly #repositories: Repositories;
  readonly #pulls: Pulls;

  constructor(database: Database, repositories: Repositories, pulls: Pulls) {
    this.#database = database;
    this.#repositories = repositories;
    this.#pulls = pulls;
  }

  /**
   * Images of which a list tells, by repository and digest, some at a time: at most 200 images, with at most 200 tags
   * together. Few objects are kept from one page to the next, or the heap grows with the list.
   */
  async *list({ namespaces, which }: ImageFilter): AsyncIterable<readonly ListedImage[]> {
    for (const namespace of namespaces)
      for await (const page of this.#repositories.listed(namespace)) {
        const pulled = await this.#pulls.ofRepositories(page.map(({ id }) => id));
        for await (const some of this.#of(page, which)) {
          const found = pulled ?? (await this.#pulls.ofImages(some));
          yield some.map((image) => withPulls(image, found));
        }
      }
  }

  /** What a manifest is, by its digest; undefined where it is not there any more. */
  async facts(
    target: RepositoryTarget,
    digest: string,
  ): Promise<{ readonly mediaType: string; readonly size: number } | undefined> {
    const repository = await this.#repositories.find(target);
    const facts = repository && (await factsOfManifest(this.#database.db, repository.id, digest));
    return facts && { mediaType: facts.mediaType, size: facts.size };
  }

  /** Every tag of an image, in pages, with what was pulled of those that were pulled. */
  async *tags({
    repositoryId,
    digest,
    only,
  }: Image): AsyncIterable<{ tags: readonly string[]; pulls: ReadonlyMap<string, PullTotals> }> {
    const read = pages<string>(PAGE, (after = '') =>
      tagsOfDigest(this.#database.db, { repositoryId, digest, after, limit: PAGE }),
    );
    for await (const page of read) {
      const tags = only ? await only.choose(page) : page;
      if (tags.length > 0) yield { tags, pulls: await this.pullsOfTags(repositoryId, tags) };
    }
  }

  /** What was pulled of those of a repository's tags that were pulled. */
  async pullsOfTags(repositoryId: string, tags: readonly string[]): Promise<ReadonlyMap<string, PullTotals>> {
    const found = await this.#pulls.ofImages([{ repositoryId, digest: '', tags }]);
    return found.get(repositoryId)?.tags ?? NO_PULLS.tags;
  }

  /** Images of some repositories, of those with only some of their tags told. */
  async *#of(
    page: readonly (Named & { readonly tags: ReachingTags | undefined })[],
    which: ImageFilter['which'],
  ): AsyncIterable<readonly Image[]> {
    const read = (some: readonly Named[]) =>
      which === 'all' ? this.#manifestsOf(some) : this.#taggedOf(some);
    let whole: Named[] = [];
    for (const repository of page) {
      if (!repository.tags) {
        whole.push(repository);
        continue;
      }
      yield* read(whole);
      whole = [];
      yield* this.#bearing(repository, repository.tags);
    }
    yield* read(whole);
  }

  /** What one of these tags of a repository stands for, with those tags alone. */
  async *#bearing(repository: Named, only: ReachingTags): AsyncIterable<readonly Image[]> {
    const names = only.parts.map(({ start }) => start);
    const isShort = names.length <= PAGE && only.parts.every(({ exact }) => exact);
    const found = isShort ? this.#taggedAs(repository, names) : this.#taggedOfOne(repository);
    for await (const page of found) {
      const shown: Image[] = [];
      for (const image of page) {
        // of very many tags, those that may be told are looked for in their index, and read by `tags`
        const tags = image.more ? [] : await only.choose(image.tags);
        if (tags.length > 0 || (image.more && (await bearsOneOf(this.#database.db, image, only))))
          shown.push({ ...image, tags, only });
      }
      yield shown;
    }
  }

  /** What these tags of a repository stand for. */
  async *#taggedAs(repository: Named, tags: readonly string[]): AsyncIterable<readonly Image[]> {
    const rows = await manifestsTagged(this.#database.db, repository.id, tags);
    yield imagesOf([repository], rows);
  }

  async *#taggedOf(repositories: readonly Named[]): AsyncIterable<readonly Image[]> {
    const read = (some: readonly Named[], limit: number) =>
      someTaggedManifests(
        this.#database.db,
        some.map(({ id }) => id),
        limit,
      );
    for await (const { parents, rows } of windows(repositories, PAGE, read))
      if (rows) yield imagesOf(parents, rows);
      else yield* this.#taggedOfOne(parents[0]);
  }

  async *#taggedOfOne(repository: Named): AsyncIterable<readonly Image[]> {
    for (let after = ''; ; ) {
      const rows = await taggedManifests(this.#database.db, {
        repositoryId: repository.id,
        after,
        limit: PAGE,
      });
      await turnOfLoop();
      const isLast = rows.length < PAGE;
      const images = imagesOf([repository], rows);
      // of the last digest there may be more tags: it is read again, unless it fills the page by itself
      const last = images.at(-1);
      const isAlone = !isLast && images.length === 1;
      if (!isLast && !isAlone) images.pop();
      yield isAlone && last ? [{ ...last, more: true }] : images;
      after = images.at(-1)?.digest ?? '';
      if (isLast || after === '') return;
    }
  }

  /** Tagged or not: the manifests first, and then their tags. */
  async *#manifestsOf(repositories: readonly Named[]): AsyncIterable<readonly Image[]> {
    const { db } = this.#database;
    const read = (some: readonly Named[], limit: number) =>
      someManifests(
        db,
        some.map(({ id }) => id),
        limit,
      );
    for await (const { parents, rows } of windows(repositories, PAGE, read)) {
      const named = new Map(parents.map(({ id, name }) => [id, name]));
      if (rows) {
        yield* this.#withTags(named, inOrder(parents, rows));
        continue;
      }
      const [{ id: repositoryId }] = parents;
      const found = pages<ListedManifest>(PAGE, (last) =>
        manifestsBehind(db, { repositoryId, after: last?.digest ?? '', limit: PAGE }),
      );
      for await (const page of found) yield* this.#withTags(named, page);
    }
  }

  /** `named`: what the repositories of the manifests are called, by their ids. */
  async *#withTags(
    named: ReadonlyMap<string, string>,
    manifests: readonly ListedManifest[],
  ): AsyncIterable<readonly Image[]> {
    const { db } = this.#database;
    const read = (some: readonly ListedManifest[], limit: number) => someTagsOf(db, some, limit);
    for await (const { parents, rows } of windows(manifests, PAGE, read)) {
      const nameOf = ({ repositoryId }: ManifestKey): string => named.get(repositoryId) ?? '';
      if (rows) {
        const tagsOf = tagsByManifest(rows);
        yield parents.map((manifest) => {
          const tags = tagsOf.get(manifest.repositoryId)?.get(manifest.digest)?.sort(order) ?? NO_TAGS;
          return { ...manifest, repository: nameOf(manifest), tags, more: false };
        });
        continue;
      }
      const [manifest] = parents;
      const { repositoryId, digest } = manifest;
      const tags = await tagsOfDigest(db, { repositoryId, digest, after: '', limit: PAGE });
      yield [{ ...manifest, repository: nameOf(manifest), tags, more: true }];
    }
  }
}

const NO_TAGS: readonly string[] = [];

const withPulls = (image: Image, found: PullsFound): ListedImage => {
  const pulled = found.get(image.repositoryId);
  if (!pulled) return { ...image, pulls: undefined, tagPulls: NO_PULLS.tags };
  const tagPulls = image.tags.flatMap((tag) => {
    const totals = pulled.tags.get(tag);
    return totals ? [[tag, totals] as const] : [];
  });
  return { ...image, pulls: pulled.digests.get(image.digest), tagPulls: new Map(tagPulls) };
};

/** Tags are ASCII, digests too: their order is that of bytes. */
const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Rows in the order of their repositories and digests. */
const inOrder = <Row extends ManifestKey>(repositories: readonly Named[], rows: readonly Row[]): Row[] => {
  const places = new Map(repositories.map(({ id }, place) => [id, place]));
  const placeOf = ({ repositoryId }: Row): number => places.get(repositoryId) ?? 0;
  return rows.toSorted((a, b) => placeOf(a) - placeOf(b) || order(a.digest, b.digest));
};

/** The images of these repositories that tags stand for, each with all of its tags that are here. */
const imagesOf = (repositories: readonly Named[], rows: readonly TaggedManifest[]): Image[] => {
  const names = new Map(repositories.map(({ id, name }) => [id, name]));
  const images: Image[] = [];
  let tags: string[] = [];
  let last: ManifestKey | undefined;
  for (const { tag, ...manifest } of inOrder(repositories, rows)) {
    if (last?.digest !== manifest.digest || last.repositoryId !== manifest.repositoryId) {
      tags = [];
      images.push({ ...manifest, repository: names.get(manifest.repositoryId) ?? '', tags, more: false });
      last = manifest;
    }
    tags.push(tag);
  }
  for (const image of images) (image.tags as string[]).sort(order);
  return images;
};

const tagsByManifest = (
  rows: readonly (ManifestKey & { readonly tag: string })[],
): Map<string, Map<string, string[]>> => {
  const found = new Map<string, Map<string, string[]>>();
  for (const { repositoryId, digest, tag } of rows) {
    const within = found.get(repositoryId) ?? new Map<string, string[]>();
    found.set(repositoryId, within);
    const tags = within.get(digest);
    if (tags) tags.push(tag);
    else within.set(digest, [tag]);
  }
  return found;
};
