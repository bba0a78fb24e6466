import { randomUUID } from 'node:crypto';
import type { BlobStore } from '../../blobs/blob-store.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Log } from '../../observe/log.ts';
import type { Metrics } from '../../observe/metrics.ts';
import type { Digest } from '../../oci/digest.ts';
import { type Actor, systemActor } from '../../principal.ts';
import { listRegions } from '../../tenancy/tx.ts';
import { ExpiredTrash } from '../expired-trash/expired-trash.ts';
import { type Holders, holdersOf } from '../holders/holders.ts';
import type { Lease, Leases } from '../leases/leases.ts';
import { RemovedNamespaces } from '../removed-namespaces/removed-namespaces.ts';
import { type CollectionRun, emptyTally, runOf } from '../runs/collection-run.ts';
import { findCollectionRun, latestCollectionRuns } from '../runs/rows.ts';
import { beginRun, type RunEnd, updateRun } from '../runs/writes.ts';
import { type Finding, type Progress, Scrub } from '../scrub/scrub.ts';
import type { TrashBound } from '../trash-bound/trash-bound.ts';
import type { Sweep } from './sweep.ts';
import { sweepBlobs, sweepLinks } from './sweep-rows.ts';
import { forgetSightings, sweepStagings, sweepStorage } from './sweep-storage.ts';

/** The job's name, and the lease's: scheduled runs and those an operator asks for exclude each other. */
export const COLLECTION = 'collect-garbage';

/** How often a scheduled run also lists the blob store, which costs a request per thousand objects of a bucket. */
const STORAGE_PERIOD = 12 * 3_600_000;
const REMEMBERED = 30 * 86_400_000;

export interface CollectionParts {
  readonly database: Database;
  readonly store: BlobStore;
  readonly clock: Clock;
  readonly leases: Leases;
  readonly trashBound: Pick<TrashBound, 'run'>;
  readonly log: Log;
  readonly metrics: Metrics;
  /** How long what is unreferenced stays after it was last wanted, milliseconds. */
  readonly grace: number;
}

interface Asked {
  readonly dryRun: boolean;
  readonly storage: boolean;
  /** The operator who asked for it, and the account the audit event belongs to. */
  readonly actor?: Actor;
  readonly accountId?: string;
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

  /** One run. The caller holds the lease of COLLECTION. */
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
    const row = await findCollectionRun(this.#parts.database.db, id);
    if (!row) throw new RegistryError('NOT_FOUND', { message: `there is no collection run ${id}` });
    return this.#corrected(runOf(row));
  }

  /** The latest runs, newest first. */
  async latest(limit: number): Promise<CollectionRun[]> {
    const rows = await latestCollectionRuns(this.#parts.database.db, limit);
    return Promise.all(rows.map((row) => this.#corrected(runOf(row))));
  }

  /** What holds a digest, and when it may go. */
  holders(digest: Digest): Promise<Holders> {
    return holdersOf(this.#parts, digest);
  }

  /** Reads everything stored against its digest; with `repair`, for this actor, takes out what is gone or damaged. */
  verify(repair: Actor | undefined, signal: AbortSignal): AsyncIterable<Finding | Progress> {
    return new Scrub(this.#parts, repair).run(AbortSignal.any([signal, this.#stop.signal]));
  }

  /** Stops the runs an operator asked this process for. The next run finds what is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the server stops'));
    await Promise.all(this.#asked);
  }

  async #begin({ dryRun, storage, actor, accountId }: Asked): Promise<CollectionRun> {
    const at = this.#parts.clock.now();
    const run: CollectionRun = {
      id: randomUUID(),
      startedAt: at,
      startedBy: (actor ?? systemActor(COLLECTION)).principal,
      finishedAt: undefined,
      dryRun,
      storage,
      outcome: 'running',
      reason: undefined,
      ...emptyTally(),
    };
    const event = actor && {
      actor,
      accountId: accountId ?? null,
      at,
      action: 'tidegate.gc.run',
      target: dryRun ? 'dry run' : run.id,
    };
    await this.#parts.database.write(beginRun, { run, forgetBefore: at - REMEMBERED, event });
    return run;
  }

  async #underLease(run: CollectionRun, lease: Lease): Promise<void> {
    try {
      await this.#sweep(run, AbortSignal.any([this.#stop.signal, lease.lost]));
    } catch (err) {
      this.#parts.log.error({ job: COLLECTION, run: run.id, err }, 'collection failed');
    } finally {
      // the next scheduled run stays due when it was
      await lease.release(undefined).catch(() => undefined);
    }
  }

  async #sweep(run: CollectionRun, signal: AbortSignal): Promise<void> {
    const { database, store, clock, grace, metrics } = this.#parts;
    const at = run.startedAt;
    const tally = emptyTally();
    const sweep: Sweep = { database, store, at, cutoff: at - grace, dryRun: run.dryRun, tally, signal };
    let end: Pick<RunEnd, 'outcome' | 'reason'> = { outcome: 'done', reason: undefined };
    try {
      await this.#passes(sweep, run);
    } catch (error) {
      const reason = error instanceof RegistryError ? (error.reason ?? error.message) : String(error);
      end = { outcome: signal.aborted ? 'stopped' : 'failed', reason };
      if (!signal.aborted) throw error;
    } finally {
      if (!sweep.dryRun) metrics.collected(tally.removed);
      await database.write(updateRun, { id: run.id, tally, end: { ...end, finishedAt: clock.now() } });
    }
  }

  /** Removed namespaces and expired trash before links before blobs before bytes: what one pass sets free, the next takes. */
  async #passes(sweep: Sweep, { id, storage }: CollectionRun): Promise<void> {
    const { database } = sweep;
    if (!sweep.dryRun) {
      await new RemovedNamespaces(database, this.#parts.leases).run(sweep.signal);
      await this.#parts.trashBound.run(sweep.signal);
      await new ExpiredTrash(database, this.#parts.clock).run(sweep.signal);
    }
    await sweepLinks(sweep);
    for (const region of await listRegions(database.db)) {
      await sweepBlobs(sweep, region.id);
      if (!storage) continue;
      await database.write(updateRun, { id, tally: sweep.tally });
      await sweepStorage(sweep, region.id);
      await sweepStagings(sweep, region.id);
    }
    if (storage) await forgetSightings(sweep);
  }

  async #storageIsDue(): Promise<boolean> {
    const runs = (await latestCollectionRuns(this.#parts.database.db, 48)).map(runOf);
    const last = runs.find(({ storage, dryRun, outcome }) => storage && !dryRun && outcome === 'done');
    return last === undefined || last.startedAt + STORAGE_PERIOD <= this.#parts.clock.now();
  }

  /** The row of a run whose process died still says "running". The lease decides. */
  async #corrected(run: CollectionRun): Promise<CollectionRun> {
    if (run.outcome !== 'running' || (await this.#parts.leases.held(COLLECTION))) return run;
    // it may have ended between the two looks
    const row = await findCollectionRun(this.#parts.database.db, run.id);
    const now = row ? runOf(row) : run;
    return now.outcome === 'running' ? { ...now, outcome: 'stopped', reason: 'its server ended' } : now;
  }
}
