import type { Clock } from '../clock.ts';
import type { Job } from '../job.ts';
import type { Leases } from '../lifecycle/room.ts';
import type { Log } from '../observe/log.ts';

/** How a job of this process fares. Times in epoch milliseconds. */
export interface JobRun {
  readonly name: string;
  /** Milliseconds between its runs. */
  readonly period: number;
  readonly of: Job['of'];
  /** Whether it has come to its end here since the process started. */
  hasSucceeded: boolean;
  /** When it last came to its end here; when the process started, where it has not yet. */
  lastSuccessAt: number;
  lastFailureAt: number | undefined;
  /** Failures since then, one after the other, and why the last of them was. */
  failures: number;
  reason: string | undefined;
}

/** Milliseconds for which the end waits for jobs: one that waits for others, like a receiver, must not hold it up. */
const ENDING = 5000;
/** What of a reason is kept. */
const LONGEST_REASON = 200;

/**
 * Runs each job again and again, never twice at once; a job of the installation runs on one replica. A failure is logged,
 * and the job runs again a period later.
 */
export class JobRunner implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #log: Log;
  /** What runs now. */
  readonly #running = new Set<string>();
  readonly #loops: Promise<void>[];
  readonly #clock: Clock;
  /** Of every job, in the order they were given. */
  readonly runs: readonly JobRun[];

  constructor(jobs: readonly Job[], leases: Leases, { log, clock }: { log: Log; clock: Clock }) {
    this.#clock = clock;
    this.#log = log;
    this.runs = jobs.map(({ name, period, of }) => ({
      ...{ name, period, of, hasSucceeded: false },
      lastSuccessAt: clock.now(),
      lastFailureAt: undefined,
      failures: 0,
      reason: undefined,
    }));
    this.#loops = jobs.map((job, index) => this.#loop(job, this.runs[index] as JobRun, leases));
  }

  /** Begins no job any more, tells those that run, and waits for them a bounded time: a job may be cut at any instant. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    const over = new AbortController();
    const late = pause(ENDING, over.signal).then((isLate) => {
      if (isLate) this.#log.warn({ jobs: [...this.#running] }, 'jobs did not end in time: they are cut');
    });
    await Promise.race([Promise.all(this.#loops), late]);
    over.abort();
  }

  async #loop(job: Job, run: JobRun, leases: Leases): Promise<void> {
    const { signal } = this.#stop;
    for (let wait = job.first ?? job.period; await pause(wait, signal); wait = job.period) {
      this.#running.add(job.name);
      try {
        const hasRun =
          job.of === 'process'
            ? await job.run(signal).then(() => true)
            : await leases.run(job.name, job.period, signal, (stopped) => job.run(stopped));
        if (hasRun)
          Object.assign(run, {
            ...{ hasSucceeded: true, lastSuccessAt: this.#clock.now() },
            ...{ failures: 0, reason: undefined },
          });
      } catch (err) {
        this.#log.error({ job: job.name, err }, 'job failed');
        run.failures++;
        run.lastFailureAt = this.#clock.now();
        run.reason = String((err as Error)?.message ?? err).slice(0, LONGEST_REASON);
      } finally {
        this.#running.delete(job.name);
      }
    }
  }
}

/** False when stopped meanwhile. */
const pause = (ms: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
