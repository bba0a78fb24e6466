import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Database, Db } from '../../database/database.ts';
import { pages } from '../../database/windows.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { tagsOfManifest } from '../tags/rows.ts';
import type { RepositoryTarget } from '../target.ts';
import type { ReachingTags } from './reaching-tags.ts';
import {
  childrenOf,
  doReferTo,
  holdersOf,
  subjectsOf,
  type TagPart,
  tagsOfPart,
  tagsWithin,
} from './rows.ts';

/** Rows that one statement reads. */
const PAGE = 200;
/** Indexes in indexes, and referrers of referrers. */
const MOST_DEPTH = 4;
/** Pages of tags from which content is looked for, where too many manifests hold it. */
const MOST_PAGES = 5;
/** Parts that are looked into one by one. */
const MOST_PARTS = 20;

/**
 * Which content tags reach: the manifest that a tag stands for, what an index lists, what refers to a manifest as its
 * subject, and the blobs of all these. Each question takes a bounded number of statements; what is not found by then is not
 * reached.
 */
export class Reach {
  readonly #database: Database;
  readonly #repositories: Repositories;

  constructor(database: Database, repositories: Repositories) {
    this.#database = database;
    this.#repositories = repositories;
  }

  /** Whether one of these tags of a repository reaches a manifest or blob. */
  async isReached(target: RepositoryTarget, digest: string, tags: ReachingTags): Promise<boolean> {
    const repository = await this.#repositories.find(target);
    if (!repository) return false;
    const those = { ...tags, parts: fewParts(tags.parts) };
    const found = await this.#upward(repository.id, digest, those);
    return found === 'cut' ? this.#downward(repository.id, digest, those) : found;
  }

  /** Whether a repository has one of these tags. */
  async hasOne(target: RepositoryTarget, tags: ReachingTags): Promise<boolean> {
    const repository = await this.#repositories.find(target);
    if (!repository) return false;
    for (const part of fewParts(tags.parts)) {
      const [page = []] = await Array.fromAsync(firstPages(this.#database.db, repository.id, part, 1));
      if ((await tags.choose(page.map(({ name }) => name))).length > 0) return true;
    }
    return false;
  }

  /** Every tag of a manifest; undefined where it has none, or more than can be looked at. */
  async tagsOf(target: RepositoryTarget, digest: string): Promise<readonly string[] | undefined> {
    const repository = await this.#repositories.find(target);
    if (!repository) return undefined;
    const tags = await tagsOfManifest(this.#database.db, repository.id, digest, PAGE);
    return tags.length === 0 || tags.length === PAGE ? undefined : tags;
  }

  /** From the digest to what holds it, and from there on, until a tag is found. `cut`: there was more than a page. */
  async #upward(repositoryId: string, digest: string, tags: ReachingTags): Promise<boolean | 'cut'> {
    const { db } = this.#database;
    const seen = new Set([digest]);
    let digests = [digest];
    let isCut = false;
    for (let depth = 0; depth <= MOST_DEPTH && digests.length > 0; depth++) {
      for (const part of tags.parts) {
        const names = await tagsWithin(db, { repositoryId, digests, part, limit: PAGE });
        isCut ||= names.length === PAGE;
        if ((await tags.choose(names)).length > 0) return true;
        if (depth > 0) await turnOfLoop();
      }
      const holders = await holdersOf(db, { repositoryId, digests, limit: PAGE });
      const subjects = await subjectsOf(db, repositoryId, digests);
      const next = [...new Set([...holders, ...subjects])].filter((each) => !seen.has(each));
      isCut ||= holders.length === PAGE || next.length > PAGE;
      digests = next.slice(0, PAGE);
      for (const each of digests) seen.add(each);
    }
    return isCut ? 'cut' : false;
  }

  /** From the first tags that count to the digest: what very many manifests hold is mostly in these too. */
  async #downward(repositoryId: string, digest: string, tags: ReachingTags): Promise<boolean> {
    const { db } = this.#database;
    for (const part of tags.parts)
      for await (const page of firstPages(db, repositoryId, part, MOST_PAGES)) {
        const chosen = new Set(await tags.choose(page.map(({ name }) => name)));
        const manifests = page.filter(({ name }) => chosen.has(name)).map((tag) => tag.digest);
        if (manifests.includes(digest)) return true;
        const children = await childrenOf(db, { repositoryId, indexes: manifests, limit: PAGE });
        for (const some of [manifests, children])
          if (await doReferTo(db, { repositoryId, manifests: some, digest })) return true;
      }
    return false;
  }
}

/** Of very many parts one that has all of them. */
export const fewParts = (parts: readonly TagPart[]): readonly TagPart[] => {
  const names = new Map(parts.map((part) => [`${part.exact} ${part.start}`, part]));
  return names.size > MOST_PARTS ? [{ start: '', exact: false }] : [...names.values()];
};

/** The first pages of the tags in a part. */
async function* firstPages(
  db: Db,
  repositoryId: string,
  part: TagPart,
  most: number,
): AsyncGenerator<readonly { name: string; digest: string }[]> {
  let count = 0;
  const found = pages<{ name: string; digest: string }>(PAGE, (last) =>
    tagsOfPart(db, { repositoryId, part, after: last?.name ?? '', limit: PAGE }),
  );
  for await (const page of found) {
    yield page;
    if (++count === most) return;
  }
}
