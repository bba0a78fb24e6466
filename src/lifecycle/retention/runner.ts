import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { RegistryError } from '../../errors.ts';
import type { Leases } from '../leases/leases.ts';
import { analyze, type Judged } from './analysis.ts';
import type { Reason } from './decision.ts';
import { contextIn, type RetentionParts } from './retention-context.ts';
import { EMPTY_TALLY, type RetentionRun, type RetentionTally, runOf } from './retention-run.ts';
import * as rows from './rows.ts';
import { deleteImage, endRun, noteProgress, requeueRuns, startRun } from './run-writes.ts';
import { beginDue } from './writes.ts';

/** The lease under which one replica does all runs. */
const LEASE = 'retention';
/** Runs at the same time, each of another account: a long one does not hold up all the others. */
const AT_ONCE = 4;
/** How long the replica that runs looks for new runs, milliseconds, unless it is told of one. */
const LOOK = 2000;
/** Images between two notes of how far a run is. */
const NOTED = 1000;
const MOST_FAILURES = 20;
const INTERNAL = 'internal error; the log has more';
/** After so many failures one after the other, the next image would fare no better. */
const MOST_IN_A_ROW = 5;

interface Running extends RetentionRun {
  readonly accountId: string;
  /** The name of the namespace. */
  readonly namespace: string;
}

/** Does the runs of all namespaces, one after the other and some at once, in the background. */
export class RetentionRunner {
  readonly #parts: RetentionParts;
  readonly #leases: Leases;
  #look = Promise.withResolvers<void>();

  constructor(parts: RetentionParts, leases: Leases) {
    this.#parts = parts;
    this.#leases = leases;
  }

  /** A run was added: a runner of this process need not find it by itself. */
  wake(): void {
    this.#look.resolve();
  }

  /** Does what there is to do, unless another replica does it. Runs that were cut go on with the next. */
  async work(signal: AbortSignal): Promise<void> {
    const { database } = this.#parts;
    if (!(await this.#isWork())) return;
    // what is deleted before that is gone for good
    if (!(await database.finishUpgrade())) return;
    const lease = await this.#leases.take(LEASE, { early: true });
    if (!lease) return;
    try {
      await database.write(requeueRuns, undefined);
      await this.#runAll(AbortSignal.any([signal, lease.lost]));
    } finally {
      await lease.release(undefined);
    }
  }

  async #isWork(): Promise<boolean> {
    const { database, clock } = this.#parts;
    if (await rows.duePolicy(database.db, clock.now())) return true;
    for (const outcome of ['waiting', 'running'] as const)
      if ((await rows.runsThat(database.db, outcome, 1)).length > 0) return true;
    return false;
  }

  async #runAll(signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#parts;
    const active = new Map<string, Promise<void>>();
    while (!signal.aborted) {
      this.#look = Promise.withResolvers();
      while (await database.write(beginDue, { at: clock.now(), runId: randomUUID() }));
      for (const row of await rows.runsThat(database.db, 'waiting', 200)) {
        const run = { ...runOf(row), accountId: row.account_id, namespace: row.namespace };
        if (active.size >= AT_ONCE) break;
        if (active.has(run.accountId)) continue;
        active.set(
          run.accountId,
          this.#run(run, signal).finally(() => active.delete(run.accountId)),
        );
      }
      if (active.size === 0) break;
      await Promise.race([...active.values(), this.#look.promise, pause(LOOK, undefined, { ref: false })]);
    }
    await Promise.all(active.values());
  }

  /** One run, to its end or until it is stopped. Never rejects. */
  async #run(run: Running, signal: AbortSignal): Promise<void> {
    const { database, clock, log } = this.#parts;
    const tally = new Tally(run);
    const end = async (outcome: 'done' | 'failed', reason?: string): Promise<void> => {
      const namespace = { id: run.namespaceId, accountId: run.accountId, name: run.namespace };
      const at = clock.now();
      await database.write(endRun, { id: run.id, namespace, outcome, reason, tally: tally.value, at });
    };
    try {
      if (!(await database.write(startRun, { id: run.id, at: clock.now() }))) return;
      if (await this.#runThrough(run, tally, signal)) await end('done');
    } catch (err) {
      log.error({ job: LEASE, run: run.id, err }, 'a run of a retention policy failed');
      const reason = err instanceof RegistryError ? err.message : INTERNAL;
      await end('failed', reason).catch(() => undefined);
    }
  }

  /** False when it was stopped before its end. */
  async #runThrough(run: Running, tally: Tally, signal: AbortSignal): Promise<boolean> {
    const { database, recordedPulls } = this.#parts;
    await recordedPulls.flush();
    const contextOf = await contextIn(this.#parts, run.accountId, run.policy);
    for await (const page of analyze(database.db, run.namespaceId, contextOf)) {
      for (const judged of page) {
        if (signal.aborted) return false;
        tally.look(judged);
        if (judged.decision.isDeleted && !(await this.#delete(run, judged, tally))) return false;
      }
      if (!tally.isNoted && !(await database.write(noteProgress, { id: run.id, tally: tally.noted() })))
        return false;
    }
    return true;
  }

  /** Deletes one image, if it is still to go; false when the run was stopped. A failure is counted, no more. */
  async #delete(
    { id: runId, accountId, policy }: Running,
    { repository, image, surplus }: Judged,
    tally: Tally,
  ): Promise<boolean> {
    const { database, clock, log, trashRetention } = this.#parts;
    const contextOf = await contextIn(this.#parts, accountId, policy);
    const expiresAt = clock.now() + trashRetention;
    const context = contextOf(repository.path);
    const deletion = { runId, accountId, repository, digest: image.digest, context, surplus, expiresAt };
    try {
      for (let isBegun = false; ; isBegun = true) {
        const outcome = await database.write(deleteImage, { ...deletion, isBegun });
        if (outcome === 'stopped') return false;
        if (outcome === 'more') continue;
        tally.count(outcome === 'gone' ? 'deleted' : 'changed');
        return true;
      }
    } catch (err) {
      const isTold = err instanceof RegistryError;
      if (!isTold)
        log.error({ job: LEASE, run: runId, digest: image.digest, err }, 'an image was not deleted');
      tally.fail(`${repository.name}@${image.digest}: ${isTold ? err.message : INTERNAL}`);
      if (tally.failedInARow >= MOST_IN_A_ROW) throw err;
      return true;
    }
  }
}

/** Counts what a run does. A run that goes on after its server ended counts again what it looks at, not what it deleted. */
class Tally {
  #value: RetentionTally;
  #sinceNoted = 0;
  failedInARow = 0;

  constructor({ deleted, changed, failed, failures }: RetentionTally) {
    this.#value = { ...EMPTY_TALLY, deleted, changed, failed, failures };
  }

  get value(): RetentionTally {
    return this.#value;
  }

  /** Whether there is nothing worth a note since the last. */
  get isNoted(): boolean {
    return this.#sinceNoted < NOTED;
  }

  noted(): RetentionTally {
    this.#sinceNoted = 0;
    return this.#value;
  }

  look({ decision: { reason } }: Judged): void {
    const { looked, reasons } = this.#value;
    const counts: Partial<Record<Reason, number>> = { ...reasons, [reason]: (reasons[reason] ?? 0) + 1 };
    this.#value = { ...this.#value, looked: looked + 1, reasons: counts };
    this.#sinceNoted++;
  }

  count(what: 'deleted' | 'changed'): void {
    this.#value = { ...this.#value, [what]: this.#value[what] + 1 };
    this.failedInARow = 0;
    // a page with deletions is noted at its end
    this.#sinceNoted = NOTED;
  }

  fail(text: string): void {
    this.failedInARow++;
    const { failed, failures } = this.#value;
    this.#value = {
      ...this.#value,
      failed: failed + 1,
      failures: failures.length < MOST_FAILURES ? [...failures, text.slice(0, 500)] : failures,
    };
    this.#sinceNoted = NOTED;
  }
}
