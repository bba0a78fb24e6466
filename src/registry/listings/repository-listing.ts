import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import { pages } from '../../database/windows.ts';
import type { StorageUsage, Stored } from '../../tenancy/room.ts';
import type { ListedNamespace } from '../listed.ts';
import type { Repositories } from '../repositories/repositories.ts';
import { repositoriesAfter } from '../repositories/rows.ts';
import { MOST_COUNTED, matching, PAGE, type Place, type Total, walk } from './place.ts';
import {
  countRepositories,
  type OrderedRepository,
  pushesOf,
  type RepositoryFacts,
  repositoriesByPush,
  repositoryFacts,
} from './rows.ts';

export type RepositoryOrder = 'newest' | 'oldest' | 'name';

export interface RepositoryAsk {
  readonly regionId: string;
  readonly namespaces: readonly (ListedNamespace & { readonly namespace: { readonly name: string } })[];
  readonly order: RepositoryOrder;
  readonly filter: string | undefined;
  readonly after: Place | undefined;
  readonly limit: number;
  /** Count the list too: for its first page. */
  readonly counting: boolean;
}

export interface RepositoryEntry {
  readonly name: string;
  readonly namespace: string;
  /** Undefined where the list may tell only of some of its tags. */
  readonly facts:
    | {
        readonly stored: StorageUsage | undefined;
        readonly tags: Total;
        readonly pushedAt: number;
        readonly pulledAt: number | undefined;
      }
    | undefined;
}

export interface RepositoryPage {
  readonly rows: readonly RepositoryEntry[];
  readonly next: Place | undefined;
  readonly total: Total | undefined;
}

interface Candidate extends OrderedRepository {
  readonly namespace: string;
  /** A list may tell only of some of its tags. */
  readonly isPart: boolean;
}

/** Repositories of a namespace that policies open one by one: so many are looked at. */
const MOST_OPENED = 2000;
/** Rows that a namespace's first statement reads: of many namespaces few rows of each are shown. */
const FIRST = 20;
/** Tags of a repository are counted up to this. */
const MOST_TAGS = 1000;
/** Repositories whose tags one statement counts. */
const COUNTED_AT_ONCE = 10;

/** Repositories in pages: each page is one walk through indexes, whatever there is beside it. */
export class RepositoryListing {
  readonly #database: Database;
  readonly #repositories: Repositories;
  readonly #stored: Stored;

  constructor(parts: {
    readonly database: Database;
    readonly repositories: Repositories;
    readonly stored: Stored;
  }) {
    this.#database = parts.database;
    this.#repositories = parts.repositories;
    this.#stored = parts.stored;
  }

  async page(ask: RepositoryAsk): Promise<RepositoryPage> {
    const { order, filter, after, limit, counting } = ask;
    const compare = COMPARED[order];
    let isCut = false;
    const sources: Source[] = [];
    let opened = 0;
    for (const each of ask.namespaces.toSorted(byStart)) {
      if (!each.repositories) {
        sources.push({ rows: this.#whole(each.id, each.namespace.name, order, after) });
        continue;
      }
      const found = await this.#opened(each);
      isCut ||= found.isCut;
      opened += found.rows.length;
      const rows = found.rows.toSorted(compare).filter((row) => !after || compare(row, rowOf(after)) > 0);
      sources.push({ rows: inPages(rows) });
    }
    const listed = order === 'name' ? inTurn(sources) : merged(sources, compare);
    const isMatch = matching(filter);
    const isFiltered = filter !== undefined;
    const walked = await walk(listed, {
      limit,
      matches: ({ name }) => isMatch(name),
      counting: counting && isFiltered,
    });
    const total = !counting
      ? undefined
      : isFiltered
        ? { count: walked.matches, isExact: walked.isWhole && !isCut }
        : await this.#total(ask.namespaces, { opened, isCut });
    const { last } = walked;
    return {
      rows: await this.#shown(ask.regionId, walked.rows),
      next: last && { by: order, key: String(order === 'name' ? last.name : last.pushedAt), id: last.id },
      total,
    };
  }

  async #total(
    namespaces: RepositoryAsk['namespaces'],
    { opened, isCut }: { opened: number; isCut: boolean },
  ): Promise<Total> {
    let count = opened;
    for (const { id, repositories } of namespaces) {
      if (!repositories) count += await countRepositories(this.#database.db, id, MOST_COUNTED + 1 - count);
      if (count > MOST_COUNTED) return { count: MOST_COUNTED, isExact: false };
    }
    return { count, isExact: !isCut };
  }

  /** All repositories of a namespace, behind a place. */
  async *#whole(
    namespaceId: string,
    namespace: string,
    order: RepositoryOrder,
    after: Place | undefined,
  ): AsyncGenerator<readonly Candidate[]> {
    const { db } = this.#database;
    const asCandidates = (rows: readonly OrderedRepository[]): Candidate[] =>
      rows.map((row) => ({ ...row, namespace, isPart: false }));
    if (order === 'name') {
      // every name here begins so, and stands before the place
      if (after && `${namespace}/~` < after.key) return;
      const all = pages<{ id: string; name: string }>(PAGE, (last) =>
        repositoriesAfter(db, { namespaceId, after: last?.name ?? after?.key ?? '', limit: PAGE }),
      );
      for await (const page of all) yield asCandidates(page.map((row) => ({ ...row, pushedAt: 0 })));
      return;
    }
    let from = after && { at: Number(after.key), by: after.id };
    for (let limit = FIRST; ; limit = PAGE) {
      const descending = order === 'newest';
      const rows = await repositoriesByPush(db, { namespaceId, descending, after: from, limit });
      await turnOfLoop();
      if (rows.length > 0) yield asCandidates(rows);
      const last = rows.at(-1);
      if (!last || rows.length < limit) return;
      from = { at: last.pushedAt, by: last.id };
    }
  }

  /** Those that policies open: the first of them by name. */
  async #opened(
    namespace: RepositoryAsk['namespaces'][number],
  ): Promise<{ rows: Candidate[]; isCut: boolean }> {
    const rows: Candidate[] = [];
    for await (const page of this.#repositories.listed(namespace)) {
      if (rows.length >= MOST_OPENED) return { rows, isCut: true };
      const pushes = await pushesOf(
        this.#database.db,
        page.map(({ id }) => id),
      );
      for (const { id, name, tags } of page)
        rows.push({
          id,
          name,
          namespace: namespace.namespace.name,
          // when hidden tags were pushed is not told, by the order neither
          pushedAt: tags ? 0 : (pushes.get(id) ?? 0),
          isPart: tags !== undefined,
        });
    }
    return { rows, isCut: false };
  }

  async #shown(regionId: string, rows: readonly Candidate[]): Promise<RepositoryEntry[]> {
    const ids = rows.filter(({ isPart }) => !isPart).map(({ id }) => id);
    const stored = await this.#stored.ofRepositories(regionId, ids);
    const facts = new Map<string, RepositoryFacts>();
    for (let start = 0; start < ids.length; start += COUNTED_AT_ONCE) {
      const some = ids.slice(start, start + COUNTED_AT_ONCE);
      for (const each of await repositoryFacts(this.#database.db, some, MOST_TAGS + 1))
        facts.set(each.id, each);
      await turnOfLoop();
    }
    return rows.map(({ id, name, namespace }) => ({
      name,
      namespace,
      facts: factsOf(facts.get(id), stored.get(id)),
    }));
  }
}

interface Source {
  readonly rows: AsyncIterable<readonly Candidate[]>;
}

const factsOf = (
  found: RepositoryFacts | undefined,
  stored: StorageUsage | undefined,
): RepositoryEntry['facts'] =>
  found && {
    stored,
    tags: {
      count: Math.min(Number(found.tags ?? 0), MOST_TAGS),
      isExact: Number(found.tags ?? 0) <= MOST_TAGS,
    },
    pushedAt: Math.max(found.pushedAt ?? 0, found.newestTagAt ?? 0),
    pulledAt: found.pulledAt ?? undefined,
  };

/** Names are ASCII: their order is that of bytes. */
const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const oldestFirst = (a: Candidate, b: Candidate): number => a.pushedAt - b.pushedAt || order(a.id, b.id);

const COMPARED: Readonly<Record<RepositoryOrder, (a: Candidate, b: Candidate) => number>> = {
  newest: (a, b) => oldestFirst(b, a),
  oldest: oldestFirst,
  name: (a, b) => order(a.name, b.name),
};

/** A place as the row that was there. */
const rowOf = ({ by, key, id }: Place): Candidate => ({
  id,
  name: by === 'name' ? key : '',
  namespace: '',
  pushedAt: by === 'name' ? 0 : Number(key),
  isPart: false,
});

/** So that all names of one namespace come before all of the next. */
const byStart = (a: RepositoryAsk['namespaces'][number], b: RepositoryAsk['namespaces'][number]): number =>
  order(`${a.namespace.name}/`, `${b.namespace.name}/`);

async function* inPages(rows: readonly Candidate[]): AsyncGenerator<readonly Candidate[]> {
  for (let start = 0; start < rows.length; start += PAGE) yield rows.slice(start, start + PAGE);
}

async function* inTurn(sources: readonly Source[]): AsyncGenerator<readonly Candidate[]> {
  for (const { rows } of sources) yield* rows;
}

/** Sources that are each in an order, as one in that order. */
async function* merged(
  sources: readonly Source[],
  compare: (a: Candidate, b: Candidate) => number,
): AsyncGenerator<readonly Candidate[]> {
  const heads: Head[] = [];
  for (const { rows } of sources) {
    const head = { rest: rows[Symbol.asyncIterator](), page: [] as readonly Candidate[], at: 0 };
    if (await isThere(head)) heads.push(head);
  }
  let page: Candidate[] = [];
  while (heads.length > 0) {
    const first = heads.reduce((best, head) => (compare(rowAt(head), rowAt(best)) < 0 ? head : best));
    page.push(rowAt(first));
    first.at++;
    if (page.length === PAGE) {
      yield page;
      page = [];
    }
    if (!(await isThere(first))) heads.splice(heads.indexOf(first), 1);
  }
  yield page;
}

/** Where the walk through one source stands. */
interface Head {
  readonly rest: AsyncIterator<readonly Candidate[]>;
  page: readonly Candidate[];
  at: number;
}

const rowAt = ({ page, at }: Head): Candidate => page[at] as Candidate;

/** Whether a source has a row there; reads its next page where it has to. */
const isThere = async (head: Head): Promise<boolean> => {
  while (head.at >= head.page.length) {
    const { value, done } = await head.rest.next();
    if (done) return false;
    head.page = value;
    head.at = 0;
  }
  return true;
};
