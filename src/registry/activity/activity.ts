import type { Database } from '../../database/database.ts';
import { pages } from '../../database/windows.ts';
import { pullsOfRepositoryAfter } from '../pulls/rows.ts';
import type { RepositoryTarget } from '../target.ts';
import { newestTagAt, repositoriesToFill, type Unfilled } from './rows.ts';
import { fillListing, KEYS_AT_ONCE, type NewActivity, recordActivity } from './writes.ts';

type Waiting = { -readonly [Name in keyof NewActivity]: NewActivity[Name] };

/** Repositories that wait in memory to be written: a flood must not fill it. */
const MOST = 20_000;
/** Repositories that one write touches. */
const AT_ONCE = 200;
const PAGE = 200;

/**
 * When each repository was last pushed to and pulled from: what lists are ordered by. Collected in memory and written every
 * few seconds, so that pushes to one repository do not wait for each other.
 */
export class Activity {
  readonly #database: Database;
  readonly #waiting = new Map<string, Waiting>();

  constructor(database: Database) {
    this.#database = database;
  }

  notePush(target: RepositoryTarget, at: number): void {
    this.#note(target, { pushedAt: at, pulledAt: undefined });
  }

  notePull(target: RepositoryTarget, at: number): void {
    this.#note(target, { pushedAt: undefined, pulledAt: at });
  }

  /** Writes what was collected, and leaves what comes meanwhile to the next time. Run by a job and at the end. */
  async flush(): Promise<void> {
    while (this.#waiting.size > 0) {
      const taken = [...this.#waiting].slice(0, AT_ONCE);
      for (const [key] of taken) this.#waiting.delete(key);
      const active = taken.map(([, each]) => each);
      try {
        await this.#database.write(recordActivity, active);
      } catch (error) {
        for (const each of active) this.#add(each);
        throw error;
      }
      if (taken.length < AT_ONCE) return;
    }
  }

  /** Gives repositories that an earlier version made what their lists are ordered by. */
  async fill(signal: AbortSignal): Promise<void> {
    const { db } = this.#database;
    const all = pages<Unfilled>(PAGE, (last) => repositoriesToFill(db, last?.id ?? '', PAGE));
    for await (const page of all)
      for (const each of page) {
        if (signal.aborted) return;
        if (each.hasActivity === null || each.unkeyed !== null) await this.#fill(each, signal);
      }
  }

  async #fill({ id, namespaceId, createdAt }: Unfilled, signal: AbortSignal): Promise<void> {
    const { db } = this.#database;
    let pulledAt: number | undefined;
    const pulled = pages<Awaited<ReturnType<typeof pullsOfRepositoryAfter>>[number]>(PAGE, (last) =>
      pullsOfRepositoryAfter(db, id, last, PAGE),
    );
    for await (const page of pulled)
      for (const { last_at: at } of page) pulledAt = Math.max(pulledAt ?? 0, at);
    const pushedAt = (await newestTagAt(db, id)) ?? createdAt;
    const input = { id, namespaceId, pushedAt, pulledAt };
    while (!signal.aborted && (await this.#database.write(fillListing, input)) === KEYS_AT_ONCE);
  }

  #note(
    { regionId, namespace, name }: RepositoryTarget,
    when: Pick<NewActivity, 'pushedAt' | 'pulledAt'>,
  ): void {
    this.#add({ regionId, namespaceId: namespace.id, name, ...when });
  }

  #add(active: NewActivity): void {
    const key = `${active.regionId}/${active.namespaceId}/${active.name}`;
    const known = this.#waiting.get(key);
    if (known) {
      known.pushedAt = laterOf(known.pushedAt, active.pushedAt);
      known.pulledAt = laterOf(known.pulledAt, active.pulledAt);
    } else if (this.#waiting.size < MOST) this.#waiting.set(key, { ...active });
  }
}

const laterOf = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
