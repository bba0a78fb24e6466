import type { Job } from '../job.ts';
import type { Leases } from '../lifecycle/room.ts';
import type { Log } from '../observe/log.ts';

/**
 * Runs each job again and again, never twice at once; a job of the installation runs on one replica. A failure is logged,
 * and the job runs again a period later.
 */
export class JobRunner implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[];

  constructor(jobs: readonly Job[], leases: Leases, log: Log) {
    this.#loops = jobs.map((job) => this.#loop(job, leases, log));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
  }

  async #loop(job: Job, leases: Leases, log: Log): Promise<void> {
    const { signal } = this.#stop;
    while (await pause(job.period, signal)) {
      try {
        if (job.of === 'process') await job.run(signal);
        else await leases.run(job.name, job.period, signal, (stopped) => job.run(stopped));
      } catch (err) {
        log.error({ job: job.name, err }, 'job failed');
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
