import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { pages, windows } from '../../database/windows.ts';
import { DigestSet } from './digest-set.ts';
import * as rows from './rows.ts';
import { recordStorage } from './writes.ts';

export type { Place } from './rows.ts';

/** Accounts up to this size are summed with one statement whenever they are asked for: a few milliseconds. */
const SMALL = { repositories: 200, contents: 2000 };
/** The most rows that one statement of a count reads. */
const PAGE = 200;
/** A count of this age is taken, while a new one begins. */
const AGING_MS = 60_000;
/** A count of this age is not taken any more. */
const OLD_MS = 600_000;
/** Counting takes at most about this part of the time. */
const SHARE = 1 / 20;

type Repository = { readonly id: string; readonly name: string };

/**
 * What accounts store. A small account is summed when it is asked for. A large one is counted in slices between other
 * requests, and the count is kept for some minutes: so its usage is as it was a little earlier.
 */
export class Storage {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #counting = new Map<string, Promise<number>>();
  /** How long the last count of a large account took, milliseconds. */
  readonly #took = new Map<string, number>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Bytes of the distinct blobs and manifests that the account's repositories in the region hold. */
  async used(place: rows.Place): Promise<number> {
    return (await this.counted(place)) ?? rows.storageUsed(this.#database.db, place);
  }

  /** The same of a large account, counted not long ago; undefined for a small one. */
  async counted(place: rows.Place): Promise<number | undefined> {
    const { db } = this.#database;
    const known = await rows.findStorageCount(db, place);
    if (!known) return (await rows.isSmall(db, place, SMALL)) ? undefined : this.#count(place);
    const age = this.#clock.now() - known.counted_at;
    const pause = (this.#took.get(keyOf(place)) ?? 0) / SHARE;
    if (age > Math.max(OLD_MS, 2 * pause)) return this.#count(place);
    // a failure is found by the next one that has to wait for its count
    if (age > Math.max(AGING_MS, pause)) this.#count(place).catch(() => undefined);
    return known.bytes;
  }

  /** Counts now, or takes part in the count that is under way. */
  #count(place: rows.Place): Promise<number> {
    const key = keyOf(place);
    const counting =
      this.#counting.get(key) ?? this.#countNow(place).finally(() => this.#counting.delete(key));
    this.#counting.set(key, counting);
    return counting;
  }

  async #countNow(place: rows.Place): Promise<number> {
    const begun = this.#clock.now();
    const { db } = this.#database;
    const isSmall = await rows.isSmall(db, place, SMALL);
    const bytes = isSmall ? await rows.storageUsed(db, place) : await this.#sum(place);
    const at = this.#clock.now();
    if (this.#took.size > 1000) this.#took.clear();
    this.#took.set(keyOf(place), at - begun);
    await this.#database.write(recordStorage, { place, bytes: isSmall ? undefined : bytes, at });
    return bytes;
  }

  async #sum(place: rows.Place): Promise<number> {
    const { db } = this.#database;
    const seen = new DigestSet();
    let bytes = 0;
    for (const namespaceId of await rows.namespacesOf(db, place)) {
      const repositories = pages<Repository>(PAGE, (last) =>
        rows.repositoriesBehind(db, { namespaceId, after: last?.name ?? '', limit: PAGE }),
      );
      for await (const page of repositories)
        for await (const stored of this.#storedIn(page, place.regionId))
          for (const { digest, size } of stored) if (seen.add(digest)) bytes += size;
    }
    return bytes;
  }

  async *#storedIn(
    repositories: readonly Repository[],
    regionId: string,
  ): AsyncIterable<readonly rows.Stored[]> {
    const { db } = this.#database;
    const idsOf = (some: readonly Repository[]): string[] => some.map(({ id }) => id);
    const blobs = windows(repositories, PAGE, (some, limit) =>
      rows.someBlobs(db, { repositoryIds: idsOf(some), regionId, limit }),
    );
    for await (const { parents, rows: stored } of blobs) {
      if (stored) yield stored;
      else
        yield* pages<rows.Stored>(PAGE, (last) =>
          rows.blobsBehind(db, {
            repositoryId: parents[0].id,
            regionId,
            after: last?.digest ?? '',
            limit: PAGE,
          }),
        );
    }
    const manifests = windows(repositories, PAGE, (some, limit) =>
      rows.someManifests(db, { repositoryIds: idsOf(some), limit }),
    );
    for await (const { parents, rows: stored } of manifests) {
      if (stored) yield stored;
      else
        yield* pages<rows.Stored>(PAGE, (last) =>
          rows.manifestsBehind(db, { repositoryId: parents[0].id, after: last?.digest ?? '', limit: PAGE }),
        );
    }
  }
}

const keyOf = ({ accountId, regionId }: rows.Place): string => `${accountId}/${regionId}`;
