import type { Database } from '../../database/database.ts';
import { pages } from '../../database/windows.ts';
import type { Turns } from '../../turns.ts';
import type { Blobs } from '../blobs/blobs.ts';
import { heldDigests } from '../holds/rows.ts';
import { protectionOf } from '../protection/refuse-protected.ts';
import type { Pulls } from '../pulls/pulls.ts';
import { fewParts } from '../reach/reach.ts';
import type { ReachingTags } from '../reach/reaching-tags.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { RepositoryTarget } from '../target.ts';
import { type DescribedManifest, ManifestDescriptions } from './manifest-descriptions.ts';
import { MOST_COUNTED, matching, PAGE, type Place, type Total, walk } from './place.ts';
import {
  countTags,
  hasUnkeyedTag,
  type OrderedTag,
  orderedTagsOfPart,
  tagsByName,
  tagsByNameKey,
  tagsByUpdate,
} from './rows.ts';

export type TagOrder = 'newest' | 'oldest' | 'name';

export interface TagAsk {
  readonly target: RepositoryTarget;
  /** Only of these tags. Undefined: of all. */
  readonly only: ReachingTags | undefined;
  readonly order: TagOrder;
  readonly filter: string | undefined;
  readonly after: Place | undefined;
  readonly limit: number;
  /** Count the list too: for its first page. */
  readonly counting: boolean;
}

export interface ListedTag {
  readonly tag: string;
  readonly digest: string;
  readonly taggedAt: number;
  /** Undefined: gone meanwhile. */
  readonly manifest: DescribedManifest | undefined;
  readonly pulledAt: number | undefined;
  /** The rule that keeps it where it is, as a person reads it. */
  readonly protectedBy: string | undefined;
  readonly isHeld: boolean;
}

export interface TagPage {
  readonly rows: readonly ListedTag[];
  readonly next: Place | undefined;
  readonly total: Total | undefined;
}

/** Tags that are looked at where a caller may see only some. */
const MOST_OPENED = 2000;
/** The order of bytes: while not every tag of the repository has the key that orders numbers. */
const PLAIN = 'plain';

/** Tags in pages: each page is one walk through an index, also in a repository with a million tags. */
export class TagListing {
  readonly #database: Database;
  readonly #repositories: Repositories;
  readonly #pulls: Pulls;
  readonly #descriptions: ManifestDescriptions;

  constructor(parts: {
    readonly database: Database;
    readonly repositories: Repositories;
    readonly pulls: Pulls;
    readonly blobs: Blobs;
    readonly turns: Turns;
  }) {
    this.#database = parts.database;
    this.#repositories = parts.repositories;
    this.#pulls = parts.pulls;
    this.#descriptions = new ManifestDescriptions(parts.database, parts.blobs, parts.turns);
  }

  async page(ask: TagAsk): Promise<TagPage> {
    const repository = await this.#repositories.find(ask.target);
    if (!repository) return { rows: [], next: undefined, total: { count: 0, isExact: true } };
    const { id } = repository;
    const { filter, limit, counting } = ask;
    const by = ask.after?.by ?? (await this.#orderOf(id, ask.order));
    const opened = ask.only && (await this.#opened(id, ask.only));
    const listed = opened ? inOrder(opened.rows, by, ask.after) : this.#all(id, by, ask.after);
    const isFiltered = filter !== undefined;
    const isMatch = matching(filter);
    const walked = await walk(listed, {
      limit,
      matches: ({ name }) => isMatch(name),
      counting: counting && isFiltered,
    });
    const total = !counting
      ? undefined
      : isFiltered
        ? { count: walked.matches, isExact: walked.isWhole && !opened?.isCut }
        : opened
          ? { count: opened.rows.length, isExact: !opened.isCut }
          : await this.#total(id);
    return {
      rows: await this.#shown(ask.target, id, walked.rows),
      next: walked.last && placeOf(walked.last, by),
      total,
    };
  }

  async #orderOf(repositoryId: string, order: TagOrder): Promise<string> {
    if (order !== 'name') return order;
    return (await hasUnkeyedTag(this.#database.db, repositoryId)) ? PLAIN : order;
  }

  async #total(repositoryId: string): Promise<Total> {
    const count = await countTags(this.#database.db, repositoryId, MOST_COUNTED + 1);
    return { count: Math.min(count, MOST_COUNTED), isExact: count <= MOST_COUNTED };
  }

  #all(repositoryId: string, by: string, after: Place | undefined): AsyncIterable<readonly OrderedTag[]> {
    const { db } = this.#database;
    return pages<OrderedTag>(PAGE, (last) => {
      const place = last ? placeOf(last, by) : after;
      const ask = { repositoryId, limit: PAGE };
      if (by === PLAIN) return tagsByName(db, { ...ask, after: place?.id ?? '' });
      if (by === 'name')
        return tagsByNameKey(db, { ...ask, after: place && { key: place.key, name: place.id } });
      const from = place && { at: Number(place.key), by: place.id };
      return tagsByUpdate(db, { ...ask, descending: by === 'newest', after: from });
    });
  }

  /** The tags that a caller may see, where that is not all: the first of them by name. */
  async #opened(repositoryId: string, only: ReachingTags): Promise<{ rows: OrderedTag[]; isCut: boolean }> {
    const { db } = this.#database;
    const found = new Map<string, OrderedTag>();
    let looked = 0;
    for (const part of fewParts(only.parts)) {
      const all = pages<OrderedTag>(PAGE, (last) =>
        orderedTagsOfPart(db, { repositoryId, part, after: last?.name ?? '', limit: PAGE }),
      );
      for await (const page of all) {
        if (looked >= MOST_OPENED) return { rows: [...found.values()], isCut: true };
        looked += page.length;
        const chosen = new Set(await only.choose(page.map(({ name }) => name)));
        for (const row of page) if (chosen.has(row.name)) found.set(row.name, row);
      }
    }
    return { rows: [...found.values()], isCut: false };
  }

  async #shown(
    target: RepositoryTarget,
    repositoryId: string,
    rows: readonly OrderedTag[],
  ): Promise<ListedTag[]> {
    if (rows.length === 0) return [];
    const { db } = this.#database;
    const digests = [...new Set(rows.map(({ digest }) => digest))];
    const manifests = await this.#descriptions.of(target, repositoryId, digests);
    const held = await heldDigests(db, repositoryId, digests);
    const protecting = await protectionOf(db, repositoryId);
    const pulled = await this.#pulls.ofImages([
      { repositoryId, digest: '', tags: rows.map(({ name }) => name) },
    ]);
    const pulls = pulled.get(repositoryId)?.tags;
    return rows.map(({ name, digest, updatedAt }) => ({
      tag: name,
      digest,
      taggedAt: updatedAt,
      manifest: manifests.get(digest),
      pulledAt: pulls?.get(name)?.lastAt,
      protectedBy: protecting(name),
      isHeld: held.has(digest),
    }));
  }
}

const placeOf = ({ name, updatedAt, nameKey }: OrderedTag, by: string): Place => ({
  by,
  key: by === 'name' ? (nameKey ?? '') : by === PLAIN ? '' : String(updatedAt),
  id: name,
});

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const comparing =
  (by: string) =>
  (a: OrderedTag, b: OrderedTag): number => {
    if (by === PLAIN) return order(a.name, b.name);
    if (by === 'name') return order(a.nameKey ?? '', b.nameKey ?? '') || order(a.name, b.name);
    const later = a.updatedAt - b.updatedAt || order(a.name, b.name);
    return by === 'newest' ? -later : later;
  };

async function* inOrder(
  rows: readonly OrderedTag[],
  by: string,
  after: Place | undefined,
): AsyncGenerator<readonly OrderedTag[]> {
  const compare = comparing(by);
  const place = after && {
    name: after.id,
    digest: '',
    updatedAt: Number(after.key),
    nameKey: after.key,
  };
  yield rows.toSorted(compare).filter((row) => !place || compare(row, place) > 0);
}
