import type { Tx } from '../../database/database.ts';
import type { RepositoryContentRow, UsageCounterRow } from '../../database/usage-schema.ts';
import * as usage from './rows.ts';

/** How a digest of a repository changes: whether it is held as a blob from now on, and how many manifests need it more. */
export interface ContentCount {
  readonly digest: string;
  /** Bytes; undefined: as it was counted. */
  readonly size?: number | undefined;
  readonly linked?: boolean | undefined;
  readonly tagged?: number | undefined;
  readonly untagged?: number | undefined;
  readonly trashed?: number | undefined;
  /** The repository has no manifest of this digest: without a link and the trash nothing of it is stored there. */
  readonly isOnlyBlob?: boolean | undefined;
}

/** How many images there are more, by kind. */
export type ImageCount = Readonly<Partial<Record<'images' | 'untagged_images' | 'trashed_images', number>>>;

const USES = ['tagged', 'untagged', 'trash', 'waiting'] as const;
/** Also of what is named and not stored: it has no size, and to other repositories of the account it is not there. */
const NO_USE = USES.length;
const SHARDS = 16;

type Sums = Record<Exclude<keyof UsageCounterRow, 'kind' | 'id' | 'region_id' | 'shard'>, number>;

const none = (): Sums => ({
  tagged: 0,
  untagged: 0,
  trash: 0,
  waiting: 0,
  shared: 0,
  images: 0,
  untagged_images: 0,
  trashed_images: 0,
});

/**
 * Counts a change of what a repository holds, for the repository, its namespace and its account. The account counts each
 * digest once, for the best of the uses that its repositories have for it.
 */
export const noteContents = async (
  tx: Tx,
  holder: usage.Holder,
  changes: readonly ContentCount[],
  images: ImageCount = {},
): Promise<void> => {
  const byDigest = new Map<string, ContentCount>();
  for (const change of changes) byDigest.set(change.digest, joined(byDigest.get(change.digest), change));
  const counters = new Counters(holder, images);
  const rows: RepositoryContentRow[] = [];
  const gone: string[] = [];
  const known = byDigest.size === 0 ? [] : await usage.countedContents(tx.db, holder, [...byDigest.keys()]);
  for (const before of known) {
    const change = byDigest.get(before.digest);
    if (!change) continue;
    const after = rowAfter(holder, before, change);
    if (isNeeded(after)) rows.push(after);
    else gone.push(after.digest);
    counters.moved(before, after);
  }
  await usage.putContents(tx, rows);
  await usage.deleteContents(tx, holder.repositoryId, gone);
  await usage.addToCounters(tx, counters.rows([...byDigest.keys()][0] ?? holder.repositoryId));
};

const joined = (one: ContentCount | undefined, other: ContentCount): ContentCount =>
  one === undefined
    ? other
    : {
        digest: other.digest,
        size: other.size ?? one.size,
        linked: other.linked ?? one.linked,
        tagged: (one.tagged ?? 0) + (other.tagged ?? 0),
        untagged: (one.untagged ?? 0) + (other.untagged ?? 0),
        trashed: (one.trashed ?? 0) + (other.trashed ?? 0),
        isOnlyBlob: other.isOnlyBlob ?? one.isOnlyBlob,
      };

const rowAfter = (
  holder: usage.Holder,
  before: usage.CountedContent,
  change: ContentCount,
): RepositoryContentRow => {
  const added = (column: 'tagged' | 'untagged' | 'trashed') =>
    Math.max(0, (before[column] ?? 0) + (change[column] ?? 0));
  const counts = {
    linked: change.linked === undefined ? (before.linked ?? 0) : Number(change.linked),
    tagged: added('tagged'),
    untagged: added('untagged'),
    trashed: added('trashed'),
  };
  const isLeft = !change.isOnlyBlob || counts.linked + counts.trashed > 0;
  const size = isLeft ? (change.size ?? before.size ?? 0) : 0;
  return {
    repository_id: holder.repositoryId,
    digest: before.digest,
    account_id: holder.accountId,
    region_id: holder.regionId,
    namespace_id: holder.namespaceId,
    size,
    ...counts,
    use: size > 0 ? useOf(counts) : NO_USE,
  };
};

const isNeeded = ({ linked, tagged, untagged, trashed }: RepositoryContentRow): boolean =>
  linked + tagged + untagged + trashed > 0;

/** The first use there is, as a place in USES; NO_USE where there is none. */
const useOf = (counts: Pick<RepositoryContentRow, 'linked' | 'tagged' | 'untagged' | 'trashed'>): number => {
  const found = [counts.tagged, counts.untagged, counts.trashed, counts.linked].findIndex(
    (count) => count > 0,
  );
  return found < 0 ? NO_USE : found;
};

/** Sums of one change, by what they are of. */
class Counters {
  readonly #holder: usage.Holder;
  readonly #sums = new Map<string, Sums>();

  constructor(holder: usage.Holder, images: ImageCount) {
    this.#holder = holder;
    for (const sums of this.#all())
      for (const [kind, count] of Object.entries(images)) sums[kind as keyof ImageCount] += count;
  }

  /** A digest of the repository has another use, or another size, than before. */
  moved(before: usage.CountedContent, after: RepositoryContentRow): void {
    const was = { use: before.use ?? NO_USE, size: before.size ?? 0 };
    const others = before.othersUse ?? NO_USE;
    const [repository, namespace, account] = this.#all();
    for (const sums of [repository, namespace]) {
      add(sums, was.use, -was.size);
      add(sums, after.use, after.size);
    }
    add(account, Math.min(was.use, others), -(was.use === NO_USE ? after.size : was.size));
    add(account, Math.min(after.use, others), after.size);
    const appeared = Number(after.use !== NO_USE) - Number(was.use !== NO_USE);
    if (appeared !== 0 && before.other !== null) this.#share(before, appeared * after.size);
  }

  /** Rows to add, all in the shard of this text. */
  rows(text: string): UsageCounterRow[] {
    const shard = Number.parseInt(text.slice(-2), 16) % SHARDS || 0;
    return [...this.#sums]
      .filter(([, sums]) => Object.values(sums).some((sum) => sum !== 0))
      .map(([key, sums]) => {
        const [kind = '', id = ''] = key.split('/');
        return {
          kind: kind as UsageCounterRow['kind'],
          id,
          region_id: this.#holder.regionId,
          shard,
          ...sums,
        };
      })
      .sort((one, other) => (one.kind + one.id < other.kind + other.id ? -1 : 1));
  }

  /** The digest is shared from now on (or no more): by this repository and, where it was alone, by the other one. */
  #share({ other, another }: usage.CountedContent, size: number): void {
    const [repository, namespace, account] = this.#all();
    repository.shared += size;
    namespace.shared += size;
    if (another !== null) return;
    const [repositoryId = '', namespaceId = ''] = other?.split('/') ?? [];
    this.#of('repository', repositoryId).shared += size;
    this.#of('namespace', namespaceId).shared += size;
    account.shared += size;
  }

  #all(): [Sums, Sums, Sums] {
    const { repositoryId, namespaceId, accountId } = this.#holder;
    return [
      this.#of('repository', repositoryId),
      this.#of('namespace', namespaceId),
      this.#of('account', accountId),
    ];
  }

  #of(kind: UsageCounterRow['kind'], id: string): Sums {
    const key = `${kind}/${id}`;
    const sums = this.#sums.get(key) ?? none();
    this.#sums.set(key, sums);
    return sums;
  }
}

const add = (sums: Sums, use: number, bytes: number): void => {
  const column = USES[use];
  if (column !== undefined) sums[column] += bytes;
};
