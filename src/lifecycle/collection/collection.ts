import { randomUUID } from 'node:crypto';
import type { BlobStore } from '../../blobs/blob-store.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { CollectionRunRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Log } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { Digest } from '../../oci/digest.ts';
import { type Actor, systemActor } from '../../principal.ts';
import { listRegions } from '../../tenancy/regions/rows.ts';
import { type Explanation, explain } from '../holders/holders.ts';
import type { Lease, Leases } from '../leases/leases.ts';
import { findCollectionRun, latestCollectionRuns } from '../runs/rows.ts';
import { type Finding, type Progress, Scrub } from '../scrub/scrub.ts';
import { emptyTally, type Sweep } from './sweep.ts';
import { sweepBlobs, sweepLinks } from './sweep-rows.ts';
import { forgetSightings, sweepStagings, sweepStorage } from './sweep-storage.ts';
import { beginRun, updateRun } from './writes.ts';

export type CollectionRun = CollectionRunRow;

/** The job's name, and the lease's: the scheduled runs and those an operator asks for exclude each other. */
export const COLLECTION = 'collect-garbage';

/** How often a scheduled run also lists the blob store, which costs a request per thousand objects of a bucket. */
const STORAGE_PERIOD = 12 * 3_600_000;
const REMEMBERED = 30 * 86_400_000;

export interface CollectionParts {
  readonly database: Database;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly leases: Leases;
  readonly log: Log;
  readonly metrics: Metrics;
  /** How long what nothing refers to is left to whoever last wanted it, milliseconds. */
  readonly grace: number;
}

/** Garbage collection: by reference, page by page, while pushes and pulls go on. */
export class Collection implements AsyncDisposable {
  readonly #parts: CollectionParts;
  readonly #stop = new AbortController();
  readonly #asked = new Set<Promise<void>>();

  constructor(parts: CollectionParts) {
    this.#parts = parts;
  }

  get grace(): number {
    return this.#parts.grace;
  }

  /** One run, for whoever holds the lease of COLLECTION. */
  async run(signal: AbortSignal): Promise<void> {
    const run = await this.#begin({ dryRun: false, storage: await this.#storageIsDue() });
    await this.#sweep(run, signal);
  }

  /** Begins a run now, in the background; CONFLICT while one is under way. */
  async begin(dryRun: boolean, actor: Actor, accountId: string): Promise<CollectionRun> {
    this.#stop.signal.throwIfAborted();
    const lease = await this.#parts.leases.take(COLLECTION, { early: true });
    if (!lease) {
      throw new RegistryError('CONFLICT', {
        message:
          'a collection is under way; tidegate gc status shows it, and another can begin when it is done',
      });
    }
    try {
      const run = await this.#begin({ dryRun, storage: true, actor, accountId });
      const work = this.#underLease(run, lease).finally(() => this.#asked.delete(work));
      this.#asked.add(work);
      return run;
    } catch (error) {
      await lease.release(undefined);
      throw error;
    }
  }

  /** A run by its id; NOT_FOUND when there is none, or it was forgotten. */
  async find(id: string): Promise<CollectionRun> {
    const run = await findCollectionRun(this.#parts.database.db, id);
    if (!run) throw new RegistryError('NOT_FOUND', { message: `there is no collection run ${id}` });
    return this.#truly(run);
  }

  /** The latest runs, newest first. */
  async latest(limit: number): Promise<CollectionRun[]> {
    const runs = await latestCollectionRuns(this.#parts.database.db, limit);
    return Promise.all(runs.map((run) => this.#truly(run)));
  }

  /** Who holds a digest, and when it may go. */
  explain(digest: Digest): Promise<Explanation> {
    return explain(this.#parts, digest);
  }

  /** Reads everything stored against its digest; `repair`: who takes out what is gone or damaged. */
  verify(repair: Actor | undefined, signal: AbortSignal): AsyncIterable<Finding | Progress> {
    return new Scrub(this.#parts, repair).run(AbortSignal.any([signal, this.#stop.signal]));
  }

  /** Stops what an operator has asked of this process; what is left is found by the next run. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the server stops'));
    await Promise.all(this.#asked);
  }

  async #begin({
    dryRun,
    storage,
    actor,
    accountId = null,
  }: {
    dryRun: boolean;
    storage: boolean;
    actor?: Actor;
    accountId?: string | null;
  }): Promise<CollectionRun> {
    const at = this.#parts.clock.now();
    const row: CollectionRunRow = {
      id: randomUUID(),
      started_at: at,
      started_by: (actor ?? systemActor(COLLECTION)).principal,
      finished_at: null,
      dry_run: dryRun ? 1 : 0,
      storage: storage ? 1 : 0,
      outcome: 'running',
      reason: null,
      ...emptyTally(),
    };
    const event = actor && {
      actor,
      accountId,
      at,
      action: 'tidegate.gc.run',
      target: dryRun ? 'dry run' : row.id,
    };
    await this.#parts.database.write(beginRun, { row, forgetBefore: at - REMEMBERED, event });
    return row;
  }

  async #underLease(run: CollectionRun, lease: Lease): Promise<void> {
    try {
      await this.#sweep(run, AbortSignal.any([this.#stop.signal, lease.lost]));
    } catch (err) {
      this.#parts.log.error({ job: COLLECTION, run: run.id, err }, 'collection failed');
    } finally {
      // the schedule's own turn stays what it was
      await lease.release(undefined).catch(() => undefined);
    }
  }

  async #sweep(run: CollectionRun, signal: AbortSignal): Promise<void> {
    const { database, store, clock, grace, metrics } = this.#parts;
    const at = run.started_at;
    const tally = emptyTally();
    const sweep: Sweep = {
      database,
      store,
      at,
      cutoff: at - grace,
      dryRun: run.dry_run === 1,
      tally,
      signal,
    };
    let end: Pick<CollectionRunRow, 'outcome' | 'reason'> = { outcome: 'done', reason: null };
    try {
      await this.#passes(sweep, run);
    } catch (error) {
      const reason = error instanceof RegistryError ? (error.reason ?? error.message) : String(error);
      end = { outcome: signal.aborted ? 'stopped' : 'failed', reason };
      if (!signal.aborted) throw error;
    } finally {
      if (!sweep.dryRun) metrics.collected(tally);
      const change = { ...tally, ...end, finished_at: clock.now() };
      await database.write(updateRun, { id: run.id, change });
    }
  }

  /** Links before blobs before bytes: what one pass sets free, the next takes. */
  async #passes(sweep: Sweep, { id, storage }: CollectionRun): Promise<void> {
    const { database } = sweep;
    await sweepLinks(sweep);
    for (const region of await listRegions(database.db)) {
      await sweepBlobs(sweep, region.id);
      if (storage === 0) continue;
      await database.write(updateRun, { id, change: sweep.tally });
      await sweepStorage(sweep, region.id);
      await sweepStagings(sweep, region.id);
    }
    if (storage === 1) await forgetSightings(sweep);
  }

  async #storageIsDue(): Promise<boolean> {
    const runs = await latestCollectionRuns(this.#parts.database.db, 48);
    const last = runs.find((run) => run.storage === 1 && run.dry_run === 0 && run.outcome === 'done');
    return last === undefined || last.started_at + STORAGE_PERIOD <= this.#parts.clock.now();
  }

  /** A run whose process died says "running" for ever: what holds is the lease. */
  async #truly(run: CollectionRun): Promise<CollectionRun> {
    if (run.outcome !== 'running' || (await this.#parts.leases.held(COLLECTION))) return run;
    // it may have ended between the two looks
    const now = (await findCollectionRun(this.#parts.database.db, run.id)) ?? run;
    return now.outcome === 'running' ? { ...now, outcome: 'stopped', reason: 'its server ended' } : now;
  }
}
