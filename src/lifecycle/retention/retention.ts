import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { RegistryError } from '../../errors.ts';
import type { Job } from '../../job.ts';
import type { Actor } from '../../principal.ts';
import type { Leases } from '../leases/leases.ts';
import { analyze, type Judged } from './analysis.ts';
import { contextIn, type RetentionParts } from './retention-context.ts';
import {
  faultOfPolicy,
  fingerprintOf,
  isExtended,
  KEEP_EVERYTHING,
  parsePolicy,
  type RetentionPolicy,
} from './retention-policy.ts';
import { type NewRun, type RetentionRun, runOf } from './retention-run.ts';
import * as rows from './rows.ts';
import { RetentionRunner } from './runner.ts';
import { askRun, noteAnalysis, type RetainedNamespace, setPolicy } from './writes.ts';

/** The policy of a namespace as it stands. */
export interface StandingPolicy {
  readonly policy: RetentionPolicy;
  /** It deletes nothing before its analysis was seen. */
  readonly waitsForAnalysis: boolean;
  /** When it runs next, in epoch milliseconds. */
  readonly nextRunAt: number | undefined;
}

const NONE: StandingPolicy = { policy: KEEP_EVERYTHING, waitsForAnalysis: false, nextRunAt: undefined };
const RUNS = 10;

/** What is kept of the images of each namespace, and the runs that move the rest to the trash. */
export class Retention implements AsyncDisposable {
  readonly #parts: RetentionParts;
  readonly #runner: RetentionRunner;
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;

  constructor(parts: RetentionParts, leases: Leases) {
    this.#parts = parts;
    this.#runner = new RetentionRunner(parts, leases);
  }

  get jobs(): readonly Job[] {
    return [
      {
        name: 'run-retention',
        period: 5_000,
        of: 'process',
        // runs go on while the last requests are answered; they are stopped with the room
        run: async (signal) => void (await Promise.race([this.#work(), once(signal, 'abort')])),
      },
      {
        name: 'begin-known-pulls',
        period: 60_000,
        of: 'process',
        run: () => this.#parts.knownPulls.begin(),
      },
    ];
  }

  /** The policies of these namespaces, by namespace id; every namespace has one. */
  async policies(namespaceIds: readonly string[]): Promise<Map<string, StandingPolicy>> {
    const found =
      namespaceIds.length === 0 ? [] : await rows.policiesOf(this.#parts.database.db, namespaceIds);
    const standing = new Map(found.map((row) => [row.namespace_id, standingOf(row)]));
    return new Map(namespaceIds.map((id) => [id, standing.get(id) ?? NONE]));
  }

  /**
   * Sets a policy and begins a run of it, in the background; one that keeps everything is taken away. A policy with rules
   * begins when its analysis was seen: within the last day, by a caller who may set it. Throws BAD_REQUEST, NOT_FOUND.
   */
  async set(namespace: RetainedNamespace, policy: RetentionPolicy, actor: Actor): Promise<void> {
    refuseFault(policy);
    const { database, clock } = this.#parts;
    const setting = { namespace, policy, actor, at: clock.now(), runId: randomUUID() };
    if (await database.write(setPolicy, setting)) this.#begin();
  }

  /**
   * What a policy would do now: every image of the namespace, with the reason. It deletes nothing. `counts`: when it is
   * through, it is written down as seen. Throws BAD_REQUEST before the first page.
   */
  analyze(
    namespace: RetainedNamespace,
    policy: RetentionPolicy,
    counts: boolean,
  ): AsyncIterable<readonly Judged[]> {
    refuseFault(policy);
    return this.#analyze(namespace, policy, counts && isExtended(policy));
  }

  /** Begins a run by itself, in the background. Throws BAD_REQUEST, NOT_FOUND, CONFLICT. */
  async ask(namespace: RetainedNamespace, policy: RetentionPolicy, actor: Actor): Promise<RetentionRun> {
    refuseFault(policy);
    const { database, clock } = this.#parts;
    if (!(await database.finishUpgrade()))
      throw new RegistryError('UNAVAILABLE', {
        message:
          'retention runs when no replica of the previous version runs any more: stop those, and try again',
        reason: 'a replica of the version before is connected to the database',
      });
    const run: NewRun = {
      id: randomUUID(),
      namespaceId: namespace.id,
      policy,
      cause: 'asked',
      requestedAt: clock.now(),
      requestedBy: actor.principal,
    };
    await database.write(askRun, { namespace, run, actor });
    this.#begin();
    return this.run(namespace.id, run.id);
  }

  /** The latest runs of a namespace, the newest first. */
  async runs(namespaceId: string): Promise<RetentionRun[]> {
    const found = await rows.latestRuns(this.#parts.database.db, { namespaceId, skip: 0, limit: RUNS });
    return found.map(runOf);
  }

  /** A run of a namespace; NOT_FOUND when there is none, or it was forgotten. */
  async run(namespaceId: string, id: string): Promise<RetentionRun> {
    const row = await rows.findRun(this.#parts.database.db, id);
    if (row?.namespace_id === namespaceId) return runOf(row);
    throw new RegistryError('NOT_FOUND', { message: `there is no run ${id} in the namespace` });
  }

  /** Stops the runs of this process. They go on with the next runner. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the server stops'));
    this.#runner.wake();
    await this.#working?.catch(() => undefined);
  }

  async *#analyze(
    namespace: RetainedNamespace,
    policy: RetentionPolicy,
    counts: boolean,
  ): AsyncIterable<readonly Judged[]> {
    const { database, clock, recordedPulls } = this.#parts;
    await recordedPulls.flush();
    yield* analyze(database.db, namespace.id, await contextIn(this.#parts, namespace.accountId, policy));
    if (!counts) return;
    const analysis = { namespaceId: namespace.id, fingerprint: fingerprintOf(policy), at: clock.now() };
    await database.write(noteAnalysis, analysis);
  }

  /** Begins what waits without waiting for the job, which tells of a failure. A runner may be about to end: so twice. */
  #begin(): void {
    this.#runner.wake();
    void this.#work()
      .then(() => this.#work())
      .catch(() => undefined);
  }

  /** One runner in this process at a time. */
  #work(): Promise<void> {
    this.#working ??= this.#runner.work(this.#stop.signal).finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }
}

const refuseFault = (policy: RetentionPolicy): void => {
  const fault = faultOfPolicy(policy);
  if (fault !== undefined)
    throw new RegistryError('BAD_REQUEST', { message: `The request is not valid: ${fault}.` });
};

const standingOf = (row: { document: string; analyzed_at: number | null; due_at: number | null }) => {
  const policy = parsePolicy(row.document);
  return {
    policy,
    waitsForAnalysis: isExtended(policy) && row.analyzed_at === null,
    nextRunAt: row.due_at ?? undefined,
  };
};
