import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import { pages, windows } from '../../database/windows.ts';
import type { ListedNamespace } from '../listed.ts';
import { type Pulls, type PullTotals, pullKey } from '../pulls/pulls.ts';
import { bearsOneOf } from '../reach/bearing.ts';
import type { ReachingTags } from '../reach/reach.ts';
import type { Repositories } from '../repositories/repositories.ts';
import {
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

/** Images whose pulls are looked up together, and how many tags they may have together. */
const AT_ONCE = 200;
const MOST_NAMES = 2000;

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

  /** Images of namespaces that the door found the caller may list, by repository and digest. */
  async *list(filter: ImageFilter): AsyncIterable<ListedImage> {
    let some: Image[] = [];
    let names = 0;
    for await (const image of this.#list(filter)) {
      some.push(image);
      names += image.tags.length;
      if (some.length < AT_ONCE && names < MOST_NAMES) continue;
      yield* await this.#withPulls(some);
      some = [];
      names = 0;
    }
    yield* await this.#withPulls(some);
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
  async pullsOfTags(repositoryId: string, tags: readonly string[]): Promise<Map<string, PullTotals>> {
    const keyOf = (tag: string) => ({ repository_id: repositoryId, kind: 'tag', reference: tag }) as const;
    const totals = await this.#pulls.totals(tags.map(keyOf));
    return pulledOf(tags, (tag) => totals.get(pullKey(keyOf(tag))));
  }

  async *#list({ namespaces, which }: ImageFilter): AsyncIterable<Image> {
    const read = (some: readonly Named[]) =>
      which === 'all' ? this.#manifestsOf(some) : this.#taggedOf(some);
    for (const namespace of namespaces)
      for await (const page of this.#repositories.listed(namespace)) {
        let whole: Named[] = [];
        for (const { tags, ...repository } of page) {
          if (!tags) {
            whole.push(repository);
            continue;
          }
          yield* read(whole);
          whole = [];
          yield* this.#bearing(repository, tags);
        }
        yield* read(whole);
      }
  }

  /** What one of these tags of a repository stands for, with those tags alone. */
  async *#bearing(repository: Named, only: ReachingTags): AsyncIterable<Image> {
    const names = only.parts.map(({ start }) => start);
    const isShort = names.length <= PAGE && only.parts.every(({ exact }) => exact);
    const found = isShort ? this.#taggedAs(repository, names) : this.#taggedOfOne(repository);
    for await (const image of found) {
      // of very many tags, those that may be told are looked for in their index, and read by `tags`
      const tags = image.more ? [] : await only.choose(image.tags);
      if (tags.length > 0 || (image.more && (await bearsOneOf(this.#database.db, image, only))))
        yield { ...image, tags, only };
    }
  }

  /** What these tags of a repository stand for. */
  async *#taggedAs({ id, name }: Named, tags: readonly string[]): AsyncIterable<Image> {
    const rows = await manifestsTagged(this.#database.db, id, tags);
    for (const tagged of byDigest(rows.toSorted(byDigestAndTag))) yield imageOf(name, tagged, false);
  }

  async #withPulls(images: readonly Image[]): Promise<ListedImage[]> {
    const totals = await this.#pulls.totals(
      images.flatMap(({ repositoryId: repository_id, digest, tags }) => [
        { repository_id, kind: 'digest' as const, reference: digest },
        ...tags.map((tag) => ({ repository_id, kind: 'tag' as const, reference: tag })),
      ]),
    );
    const of = (repository_id: string, kind: 'tag' | 'digest', reference: string) =>
      totals.get(pullKey({ repository_id, kind, reference }));
    return images.map((image) => ({
      ...image,
      pulls: of(image.repositoryId, 'digest', image.digest),
      tagPulls: pulledOf(image.tags, (tag) => of(image.repositoryId, 'tag', tag)),
    }));
  }

  async *#taggedOf(repositories: readonly Named[]): AsyncIterable<Image> {
    const read = (some: readonly Named[], limit: number) =>
      someTaggedManifests(
        this.#database.db,
        some.map(({ id }) => id),
        limit,
      );
    for await (const { parents, rows } of windows(repositories, PAGE, read)) {
      if (!rows) {
        yield* this.#taggedOfOne(parents[0]);
        continue;
      }
      const byRepository = Map.groupBy(rows.toSorted(byDigestAndTag), ({ repositoryId }) => repositoryId);
      for (const { id, name } of parents)
        for (const tagged of byDigest(byRepository.get(id) ?? [])) yield imageOf(name, tagged, false);
    }
  }

  async *#taggedOfOne({ id, name }: Named): AsyncIterable<Image> {
    for (let after = ''; ; ) {
      const rows = await taggedManifests(this.#database.db, { repositoryId: id, after, limit: PAGE });
      await turnOfLoop();
      const isLast = rows.length < PAGE;
      const groups = byDigest(rows);
      // of the last digest there may be more tags: it is read again, unless it fills the page by itself
      if (!isLast && groups.length > 1) groups.pop();
      for (const tagged of groups) yield imageOf(name, tagged, !isLast && groups.length === 1);
      const digest = groups.at(-1)?.[0]?.digest;
      if (isLast || digest === undefined) return;
      after = digest;
    }
  }

  /** Tagged or not: the manifests first, and then their tags. */
  async *#manifestsOf(repositories: readonly Named[]): AsyncIterable<Image> {
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
        const places = new Map(parents.map(({ id }, place) => [id, place]));
        const placeOf = ({ repositoryId }: ListedManifest): number => places.get(repositoryId) ?? 0;
        yield* this.#withTags(
          named,
          rows.toSorted((a, b) => placeOf(a) - placeOf(b) || order(a.digest, b.digest)),
        );
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
  ): AsyncIterable<Image> {
    const { db } = this.#database;
    const read = (some: readonly ListedManifest[], limit: number) => someTagsOf(db, some, limit);
    for await (const { parents, rows } of windows(manifests, PAGE, read)) {
      const tagsOf = Map.groupBy(rows ?? [], keyOf);
      for (const manifest of parents) {
        const { repositoryId, digest } = manifest;
        const repository = named.get(repositoryId) ?? '';
        const tags = rows
          ? (tagsOf.get(keyOf(manifest)) ?? []).map(({ tag }) => tag).sort(order)
          : await tagsOfDigest(db, { repositoryId, digest, after: '', limit: PAGE });
        yield { ...manifest, repository, tags, more: rows === undefined };
      }
    }
  }
}

const keyOf = ({ repositoryId, digest }: ManifestKey): string => `${repositoryId}/${digest}`;

const pulledOf = (
  tags: readonly string[],
  totalsOf: (tag: string) => PullTotals | undefined,
): Map<string, PullTotals> =>
  new Map(
    tags.flatMap((tag) => {
      const totals = totalsOf(tag);
      return totals ? [[tag, totals] as const] : [];
    }),
  );

const byDigestAndTag = (a: TaggedManifest, b: TaggedManifest): number =>
  order(a.digest, b.digest) || order(a.tag, b.tag);

/** Tags are ASCII, digests too: their order is that of bytes. */
const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const byDigest = (rows: readonly TaggedManifest[]): TaggedManifest[][] => [
  ...Map.groupBy(rows, ({ digest }) => digest).values(),
];

const imageOf = (repository: string, rows: readonly TaggedManifest[], more: boolean): Image => {
  const [first] = rows;
  if (!first) throw new Error('a digest without tags');
  const { tag: _first, ...manifest } = first;
  return { ...manifest, repository, tags: rows.map(({ tag }) => tag), more };
};
