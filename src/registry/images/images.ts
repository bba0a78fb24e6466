import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import { pages, windows } from '../../database/windows.ts';
import { repositoriesAfter } from '../repositories/rows.ts';
import { someTaggedManifests, type TaggedManifest, taggedManifests, tagsOfDigest } from './rows.ts';

/** The most rows that one statement reads: what other requests wait for on the main thread. */
const PAGE = 200;

/** One digest of one repository. */
export interface Image extends Omit<TaggedManifest, 'tag'> {
  readonly repository: string;
  /** Its first tags, in byte order. */
  readonly tags: readonly string[];
  /** It has more tags than that; `Images.tags` has all of them. */
  readonly more: boolean;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * The image view of the registry: tagged manifests as people list them. Lists are read a page at a time, and other
 * requests have their turn between two pages. So a list is not a snapshot: what is pushed meanwhile may be in it or not.
 */
export class Images {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Tagged images of namespaces that the door found the caller may list, by repository; `repository`: of this one only. */
  async *list(namespaceIds: readonly string[], repository: string | undefined): AsyncIterable<Image> {
    const { db } = this.#database;
    for (const namespaceId of namespaceIds) {
      const repositories = pages<Named>(PAGE, (last) =>
        repositoriesAfter(db, { namespaceId, after: last?.name ?? '', named: repository, limit: PAGE }),
      );
      for await (const page of repositories) yield* this.#imagesOf(page);
    }
  }

  /** Every tag of an image, in pages. */
  tags({ repositoryId, digest }: Image): AsyncIterable<readonly string[]> {
    return pages(PAGE, (after = '') =>
      tagsOfDigest(this.#database.db, { repositoryId, digest, after, limit: PAGE }),
    );
  }

  async *#imagesOf(repositories: readonly Named[]): AsyncIterable<Image> {
    const read = (some: readonly Named[], limit: number) =>
      someTaggedManifests(
        this.#database.db,
        some.map(({ id }) => id),
        limit,
      );
    for await (const { parents, rows } of windows(repositories, PAGE, read)) {
      if (!rows) {
        yield* this.#imagesOfOne(parents[0]);
        continue;
      }
      const byRepository = Map.groupBy(rows.toSorted(byDigestAndTag), ({ repositoryId }) => repositoryId);
      for (const { id, name } of parents)
        for (const tagged of byDigest(byRepository.get(id) ?? [])) yield imageOf(name, tagged, false);
    }
  }

  async *#imagesOfOne({ id, name }: Named): AsyncIterable<Image> {
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
}

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
