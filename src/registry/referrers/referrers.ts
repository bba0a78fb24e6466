import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import type { Digest } from '../../oci/digest.ts';
import { MANIFEST_LIMIT } from '../../oci/manifest.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { RepositoryTarget } from '../target.ts';
import { listReferrers, type Referrer, readReferrers } from './rows.ts';

export interface ReferrersPage {
  readonly referrers: readonly Referrer[];
  /** The digest the next page begins behind; undefined when this is the last. */
  readonly next: string | undefined;
}

const PAGE = 1000;
/** Entries that one statement reads with their annotations: what other requests wait for. */
const AT_ONCE = 200;

/** Clients refuse an index above 4 MiB; 200 bytes are what surrounds the entries. */
const PAGE_BYTES = MANIFEST_LIMIT - 200;

/** An entry without its annotations and artifact type, at the most: two digests' worth of names, a type and a size. */
const ENTRY_BYTES = 400;

/**
 * What refers to a manifest: the manifests of its repository that name it as their subject, and no others. Old clients
 * also list such manifests in an index under a fallback tag. That index is not read: what it lists counts only if it
 * names the subject itself, and then it is found without the index.
 * Source: distribution-spec, "Enabling the Referrers API".
 */
export class Referrers {
  readonly #database: Database;
  readonly #repositories: Repositories;

  constructor(database: Database, repositories: Repositories) {
    this.#database = database;
    this.#repositories = repositories;
  }

  /**
   * A page of the manifests that refer to `subject`: at most 1000, and no more than fit into an index that clients read.
   * Sizes are asked before contents, since one entry's annotations may fill a page by themselves. An unknown repository
   * or subject has no referrers; that is no error.
   */
  async page(
    target: RepositoryTarget,
    query: { subject: Digest; artifactType: string | undefined; after: string },
  ): Promise<ReferrersPage> {
    const { db } = this.#database;
    const repository = await this.#repositories.find(target);
    if (!repository) return { referrers: [], next: undefined };
    const { id: repositoryId } = repository;
    const found = await listReferrers(db, { repositoryId, ...query, limit: PAGE + 1 });
    const page = fitting(found.slice(0, PAGE)).map(({ digest }) => digest);
    const referrers: Referrer[] = [];
    for (let start = 0; start < page.length; start += AT_ONCE) {
      if (start > 0) await turnOfLoop();
      referrers.push(...(await readReferrers(db, repositoryId, page.slice(start, start + AT_ONCE))));
    }
    return {
      referrers,
      next: found.length > page.length ? page.at(-1) : undefined,
    };
  }
}

/** One at least, so that the pages end. */
const fitting = <Entry extends { readonly bytes: number }>(entries: readonly Entry[]): readonly Entry[] => {
  let bytes = 0;
  const end = entries.findIndex((entry, index) => {
    bytes += entry.bytes + ENTRY_BYTES;
    return index > 0 && bytes > PAGE_BYTES;
  });
  return end < 0 ? entries : entries.slice(0, end);
};
