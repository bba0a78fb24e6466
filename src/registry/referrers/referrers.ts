import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import type { Digest } from '../../oci/digest.ts';
import { MANIFEST_LIMIT } from '../../oci/manifest.ts';
import type { Turns } from '../../turns.ts';
import type { Repositories } from '../repositories/repositories.ts';
import type { RepositoryTarget } from '../target.ts';
import { listReferrers, type Referrer, type ReferrerSize, readReferrers } from './rows.ts';

/** What is asked for. */
export interface ReferrersQuery {
  readonly subject: Digest;
  readonly artifactType: string | undefined;
  readonly after: string;
  /** Who asks: an account or a network. Of its large pages one is made at a time. */
  readonly by: string;
}

const PAGE = 1000;
/** Those of other types are looked at too: of so many a page is made, and its link leads to the others. */
const MOST_LOOKED_AT = 2000;
const WINDOW = 200;
/** What is read at once, and made into an answer: what other requests wait for. */
const AT_ONCE = { entries: 200, bytes: 128 << 10 };

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
  readonly #turns: Turns;

  constructor(database: Database, repositories: Repositories, turns: Turns) {
    this.#database = database;
    this.#repositories = repositories;
    this.#turns = turns;
  }

  /**
   * A page of the manifests that refer to `subject`: at most 1000, and no more than fit into an index that clients read.
   * Sizes are asked before contents, since one entry's annotations may fill a page by themselves. `take` gets the entries,
   * some at a time; the answer is the digest that the next page begins behind, undefined where this is the last. An
   * unknown repository or subject has no referrers; that is no error.
   */
  async page(
    target: RepositoryTarget,
    { by, ...query }: ReferrersQuery,
    take: (referrers: readonly Referrer[]) => void,
  ): Promise<string | undefined> {
    const { db } = this.#database;
    const repository = await this.#repositories.find(target);
    if (!repository) return undefined;
    const { id: repositoryId } = repository;
    const { found, behind } = await this.#look(repositoryId, query);
    const page = fitting(found.slice(0, PAGE), { entries: PAGE, bytes: PAGE_BYTES });
    const read = async (): Promise<void> => {
      for (let rest = page; rest.length > 0; ) {
        const next = fitting(rest, AT_ONCE);
        const digests = next.map(({ digest }) => digest);
        take(await readReferrers(db, repositoryId, digests));
        rest = rest.slice(next.length);
        if (rest.length > 0) await turnOfLoop();
      }
    };
    if (fitting(page, AT_ONCE).length === page.length) await read();
    else await this.#turns.take(by, read);
    return page.length < found.length ? page.at(-1)?.digest : behind;
  }

  /** What refers to the subject and is of the type, enough for a page; and where to look on. */
  async #look(
    repositoryId: string,
    { subject, artifactType, after }: Omit<ReferrersQuery, 'by'>,
  ): Promise<{ found: ReferrerSize[]; behind: string | undefined }> {
    const { db } = this.#database;
    const found: ReferrerSize[] = [];
    let at = after;
    for (let looked = 0; looked < MOST_LOOKED_AT && found.length <= PAGE; looked += WINDOW) {
      if (looked > 0) await turnOfLoop();
      const window = await listReferrers(db, { repositoryId, subject, after: at, limit: WINDOW });
      found.push(
        ...window.filter((each) => artifactType === undefined || each.artifactType === artifactType),
      );
      const last = window.at(-1);
      if (!last || window.length < WINDOW) return { found, behind: undefined };
      at = last.digest;
    }
    return { found, behind: at };
  }
}

/** The first of them that keep within the bounds; one at least, so that the pages end. */
const fitting = <Entry extends { readonly bytes: number }>(
  entries: readonly Entry[],
  most: { readonly entries: number; readonly bytes: number },
): readonly Entry[] => {
  let bytes = 0;
  const end = entries.findIndex((entry, index) => {
    bytes += entry.bytes + ENTRY_BYTES;
    return index > 0 && (index >= most.entries || bytes > most.bytes);
  });
  return end < 0 ? entries : entries.slice(0, end);
};
