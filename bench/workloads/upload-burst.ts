import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Target } from '../target.ts';
import type { Pace } from './slow-uploads.ts';
import type { UploadThreadData } from './upload-thread.ts';

const LOOK_EVERY_MS = 20;
/** Of the uploads due, so many count as all: some are always between two. */
const NEARLY_ALL = 0.95;
const OPEN_WITHIN_SECONDS = 60;

/**
 * Many slow uploads into one repository. They run in a thread of their own, so that collecting its garbage, which a
 * thousand connections make plenty of, is not taken for slowness of the server by whoever measures meanwhile.
 */
export class UploadBurst {
  readonly #worker: Worker;
  readonly #open = new Int32Array(new SharedArrayBuffer(4));
  readonly #parallel: number;
  readonly #ended: Promise<void>;
  #failure: Error | undefined;
  #running = true;

  constructor(target: Target, repository: string, pace: Pace) {
    const { url, login } = target;
    const workerData: UploadThreadData = { url: url.href, login, repository, pace, open: this.#open };
    this.#parallel = pace.parallel;
    this.#worker = new Worker(new URL('./upload-thread.ts', import.meta.url), { workerData });
    this.#worker.on('error', (error: Error) => {
      this.#failure = error;
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#running = false;
        resolve();
      });
    });
  }

  /** How many uploads are between the answer to POST and the one to PUT. */
  get open(): number {
    return Atomics.load(this.#open, 0);
  }

  /** False once an upload has failed: `stop` says how. */
  get running(): boolean {
    return this.#running;
  }

  /** Waits until nearly all uploads are open, or one has failed. */
  async allOpen(signal: AbortSignal): Promise<void> {
    const start = performance.now();
    while (this.#running && this.open < this.#parallel * NEARLY_ALL) {
      if (performance.now() - start > OPEN_WITHIN_SECONDS * 1000) {
        throw new Error(
          `only ${this.open} of ${this.#parallel} uploads were open after ${OPEN_WITHIN_SECONDS} s`,
        );
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  /** Lets the open uploads finish. Throws what the first failed upload did. */
  async stop(): Promise<void> {
    this.#worker.postMessage('stop');
    await this.#ended;
    if (this.#failure !== undefined) throw this.#failure;
  }
}
