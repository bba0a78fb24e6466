import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { type AuditSettings, minuteOf } from '../../audit/events/room.ts';
import type { AuditEvent } from '../../audit/events/tx.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Reference } from '../../oci/reference.ts';
import type { Actor } from '../../principal.ts';
import type { Activity } from '../activity/activity.ts';
import type { RepositoryTarget } from '../target.ts';
import { PullBatch } from './pull-batch.ts';
import { type PullKey, pullsOf, pullTotals, somePulls } from './rows.ts';
import { forgetPulls, recordPulls } from './writes.ts';

/** Who pulls: a request tells both, the first at little cost. */
export interface Puller {
  readonly caller: Pick<Actor, 'principal' | 'credentialId'>;
  readonly actor: Actor;
}

/** A manifest that was answered. */
export interface Pull {
  readonly target: RepositoryTarget;
  readonly reference: Reference;
  readonly digest: string;
  /** A HEAD looks what a tag stands for: docker and containerd begin a pull with it. */
  readonly isHead: boolean;
}

/** How often something was pulled. */
export interface Pulled {
  readonly lastAt: number;
  readonly lastPrincipal: string;
  /** Pulls of the last 30 days. */
  readonly recent: number;
}

/** The same without who it was: what everyone is shown who may see the image. */
export type PullTotals = Pick<Pulled, 'lastAt' | 'recent'>;

/** What was pulled of a repository, by digest and by tag. */
export interface RepositoryPulls {
  readonly digests: ReadonlyMap<string, PullTotals>;
  readonly tags: ReadonlyMap<string, PullTotals>;
}

/** By the id of the repository; most images are pulled seldom or never, and what was not pulled is not in it. */
export type PullsFound = ReadonlyMap<string, RepositoryPulls>;

export const NO_PULLS: RepositoryPulls = { digests: new Map(), tags: new Map() };
const NOTHING_PULLED: PullsFound = new Map();

type MutablePulls = Map<string, { digests: Map<string, PullTotals>; tags: Map<string, PullTotals> }>;

const referencesOf = (found: MutablePulls, { repository_id: id, kind }: PullKey): Map<string, PullTotals> => {
  const known = found.get(id) ?? { digests: new Map(), tags: new Map() };
  found.set(id, known);
  return kind === 'tag' ? known.tags : known.digests;
};

const DAY = 24 * 3_600_000;
const RECENT_DAYS = 30;
/** Repositories that one statement looks at, and tags and digests that one sums up: each has a row for a day. */
const TOTALS_AT_ONCE = 200;
/** Rows that one write may add: it holds up every other write for so long. */
const AT_ONCE = 500;

/**
 * Pulls, collected in memory and written in batches, never in the request's way: the events that the account wants, and
 * how often each tag and digest was pulled.
 */
export class Pulls {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #settings: AuditSettings;
  readonly #activity: Activity;
  readonly #batch = new PullBatch();
  /** Tags that a HEAD named shortly before their digest is pulled. */
  readonly #named = new LRUCache<string, string>({ max: 10_000 });
  #serial = 0;

  constructor(database: Database, clock: Clock, settings: AuditSettings, activity: Activity) {
    this.#database = database;
    this.#clock = clock;
    this.#settings = settings;
    this.#activity = activity;
  }

  /** Nothing waits for it, and it never rejects. */
  async note(puller: Puller, pull: Pull): Promise<void> {
    const at = this.#clock.now();
    const { principal, credentialId = '' } = puller.caller;
    const { target, reference, digest, isHead } = pull;
    const who = `${principal}|${credentialId}|${target.regionId}/${target.name}`;
    const minute = minuteOf(at);
    const tag = this.#tagOf(`${who}|${digest}`, reference, minute);
    this.#count(pull, tag, principal, at);
    if (isHead) return;
    this.#activity.notePull(target, at);
    const recording = await this.#settings.pulls(target.namespace.accountId).catch(() => 'minute');
    if (recording === 'none') return;
    const named = tag ?? digest;
    const part = recording === 'each' ? `${++this.#serial}` : `${named}@${digest}`;
    this.#batch.addEvent(`${who}|${part}`, target.namespace.accountId, at, () => ({
      actor: puller.actor,
      event: eventOf(target, named, digest, at),
    }));
    if (this.#batch.isFull) await this.flush().catch(() => undefined);
  }

  /**
   * Writes what was collected, events of the minute that is not over only with `all`. Run by a job and at the end. What is
   * pulled meanwhile waits for the next time: as long as pulls came, this would not end.
   */
  async flush({ all = false } = {}): Promise<void> {
    const isFull = this.#batch.isFull;
    for (;;) {
      const taken = this.#batch.take(AT_ONCE, this.#clock.now(), all || isFull);
      if (!taken) return;
      try {
        await this.#database.write(recordPulls, taken);
      } catch (error) {
        this.#batch.failed(taken);
        throw error;
      }
      if (taken.counts.length < AT_ONCE && taken.events.length < AT_ONCE) return;
    }
  }

  /** How often these tags or digests of a repository were pulled; those that never were are left out. */
  async of(
    repositoryId: string,
    kind: 'tag' | 'digest',
    references: readonly string[],
  ): Promise<Map<string, Pulled>> {
    if (references.length === 0) return new Map();
    const since = this.#since();
    const rows = await pullsOf(this.#database.db, { repositoryId, kind, references });
    const pulled = new Map<string, Pulled>();
    for (const row of rows) {
      const known = pulled.get(row.reference);
      const isLast = known === undefined || row.last_at >= known.lastAt;
      pulled.set(row.reference, {
        lastAt: isLast ? row.last_at : known.lastAt,
        lastPrincipal: isLast ? row.last_principal : known.lastPrincipal,
        recent: (known?.recent ?? 0) + (row.day > since ? row.count : 0),
      });
    }
    return pulled;
  }

  /** What was pulled in up to 200 repositories, of all their tags and digests; undefined where that is much. */
  async ofRepositories(ids: readonly string[]): Promise<PullsFound | undefined> {
    if (ids.length === 0) return NOTHING_PULLED;
    const counts = await somePulls(this.#database.db, ids, TOTALS_AT_ONCE);
    await turnOfLoop();
    if (counts.length === TOTALS_AT_ONCE) return undefined;
    const since = this.#since();
    const found: MutablePulls = new Map();
    for (const row of counts) {
      const references = referencesOf(found, row);
      const known = references.get(row.reference);
      references.set(row.reference, {
        lastAt: Math.max(known?.lastAt ?? 0, row.last_at),
        recent: (known?.recent ?? 0) + (row.day > since ? row.count : 0),
      });
    }
    return found;
  }

  /** What was pulled of these digests and tags. */
  async ofImages(
    images: readonly {
      readonly repositoryId: string;
      readonly digest: string;
      readonly tags: readonly string[];
    }[],
  ): Promise<PullsFound> {
    const keys = images.flatMap(({ repositoryId: repository_id, digest, tags }): PullKey[] => [
      { repository_id, kind: 'digest', reference: digest },
      ...tags.map((tag) => ({ repository_id, kind: 'tag' as const, reference: tag })),
    ]);
    const found: MutablePulls = new Map();
    for (const some of slices(keys)) {
      const rows = await pullTotals(this.#database.db, some, this.#since());
      await turnOfLoop();
      for (const row of rows)
        referencesOf(found, row).set(row.reference, { lastAt: row.lastAt, recent: row.recent });
    }
    return found;
  }

  /** The last day whose pulls are not recent. */
  #since(): number {
    return Math.floor(this.#clock.now() / DAY) - RECENT_DAYS;
  }

  /** Forgets counts of tags and manifests that are gone, and of days that count no more. */
  async forget(limit: number, signal: AbortSignal): Promise<void> {
    const day = this.#since();
    let after: Parameters<typeof forgetPulls.run>[1]['after'];
    do after = await this.#database.write(forgetPulls, { after, day, limit });
    while (after !== undefined && !signal.aborted);
  }

  /** The tag that was pulled, by its name or by the digest that a HEAD of the tag has just answered. */
  #tagOf(key: string, reference: Reference, minute: number): string | undefined {
    if (reference.kind === 'digest') {
      const named = this.#named.get(key);
      const [since = '', tag] = named?.split(' ') ?? [];
      return minute - Number(since) <= NAMED_MINUTES ? tag : undefined;
    }
    this.#named.set(key, `${minute} ${reference.tag}`);
    return reference.tag;
  }

  #count(
    { target, digest, reference, isHead }: Pull,
    tag: string | undefined,
    principal: string,
    at: number,
  ): void {
    if (isHead && reference.kind === 'digest') return;
    const from = { regionId: target.regionId, namespaceId: target.namespace.id, name: target.name };
    const day = Math.floor(at / DAY);
    const last = { from, day, last_at: at, last_principal: principal };
    // a HEAD is a use of the tag; the GET that follows it is the pull
    if (tag !== undefined)
      this.#batch.addCount({ ...last, kind: 'tag', reference: tag, count: isHead ? 0 : 1 });
    if (!isHead) this.#batch.addCount({ ...last, kind: 'digest', reference: digest, count: 1 });
  }
}

/** The items, as many at a time as one statement may ask for. */
const slices = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / TOTALS_AT_ONCE) }, (_, index) =>
    items.slice(index * TOTALS_AT_ONCE, (index + 1) * TOTALS_AT_ONCE),
  );

/** How long after its HEAD a digest counts as pulled by the tag. */
const NAMED_MINUTES = 5;

const eventOf = (target: RepositoryTarget, reference: string, digest: string, at: number): AuditEvent => ({
  accountId: target.namespace.accountId,
  at,
  action: 'container-registry.image.pull',
  target: target.name,
  targetType: 'image',
  reference,
  digest,
});
