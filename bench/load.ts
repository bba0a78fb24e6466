/** The load loop: so many workers, each doing one unit after the other, bounded in time and in number. */
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerProcess } from './process.ts';

/**
 * Below this much server CPU time the clock's tick of 10 ms shows in the result; and a server that has used less is still
 * being compiled, which on a busy machine takes longer than the warm-up.
 */
const ENOUGH_CPU_SECONDS = 2;
/** A server too idle to spend that much is given this many times the asked-for time, and no more. */
const PATIENCE = 6;
/** A server that answers wrongly this often will not be measured anyway. */
const MOST_ERRORS = 100;
const LOOK_EVERY_MS = 50;

export interface LoadOptions {
  readonly workers: number;
  /** The shortest time to measure, in seconds. */
  readonly seconds: number;
  /** Units done before measuring starts end at whichever bound comes first. */
  readonly warmup: { readonly seconds: number; readonly units: number };
  readonly mostUnits?: number;
  readonly process: ServerProcess | undefined;
  readonly signal: AbortSignal;
  /** One unit of work. `index` grows over warm-up and measurement alike and is never given twice. */
  readonly unit: (index: number, worker: number) => Promise<unknown>;
}

export interface Measurement {
  readonly units: number;
  readonly seconds: number;
  readonly cpuSeconds: number | undefined;
  readonly uncertaintySeconds: number;
  /** Milliseconds one unit took. */
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
  readonly firstError: string | undefined;
}

/** Runs the warm-up, then the measured loop. Throws only when `signal` aborts; failed units are counted. */
export const runLoad = async (options: LoadOptions): Promise<Measurement> => {
  const loop = new LoadLoop(options);
  const { warmup, seconds, mostUnits = Number.POSITIVE_INFINITY } = options;
  await loop.run(warmup.units, timeOf(options, warmup.seconds).isUp);
  if (loop.errors > 0) return loop.measurement(0, undefined);

  loop.startMeasuring();
  const time = timeOf(options, seconds);
  return loop.measurement(await loop.run(mostUnits, time.isUp), time.spent());
};

/** So many seconds, and so much of the server's CPU time, as long as that comes in time. */
const timeOf = ({ process }: LoadOptions, seconds: number) => {
  const before = process?.cpuSeconds();
  const spent = () => (before === undefined ? undefined : (process?.cpuSeconds() ?? 0) - before);
  const isUp = (elapsed: number) =>
    elapsed >= seconds &&
    ((spent() ?? ENOUGH_CPU_SECONDS) >= ENOUGH_CPU_SECONDS || elapsed >= PATIENCE * seconds);
  return { spent, isUp };
};

class LoadLoop {
  readonly #options: LoadOptions;
  #latencies = createHistogram();
  #index = 0;
  #units = 0;
  #errors = 0;
  #firstError: string | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  get errors(): number {
    return this.#errors;
  }

  startMeasuring(): void {
    this.#latencies = createHistogram();
    this.#units = 0;
  }

  /** Runs all workers until one of the bounds is reached; answers how many seconds that took. */
  async run(mostUnits: number, isTimeUp: (elapsed: number) => boolean): Promise<number> {
    const { workers, signal } = this.#options;
    const start = performance.now();
    const last = this.#index + mostUnits;
    let looked = start;
    let timeUp = false;
    const isOver = (): boolean => {
      const now = performance.now();
      // Looking costs a few reads of /proc, so not before every unit.
      if (!timeUp && now - looked >= LOOK_EVERY_MS) {
        looked = now;
        timeUp = isTimeUp((now - start) / 1000);
      }
      return timeUp || signal.aborted || this.#index >= last || this.#errors >= MOST_ERRORS;
    };
    await Promise.all(Array.from({ length: workers }, (_, worker) => this.#work(worker, isOver)));
    signal.throwIfAborted();
    return (performance.now() - start) / 1000;
  }

  async #work(worker: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const start = performance.now();
      try {
        await this.#options.unit(this.#index++, worker);
        this.#latencies.record(Math.max(1, Math.round((performance.now() - start) * 1e6)));
        this.#units++;
      } catch (error) {
        this.#errors++;
        this.#firstError ??= error instanceof Error ? error.message : String(error);
        // A server that is down refuses at once: without a pause the loop would only measure that.
        await sleep(10);
      }
    }
  }

  measurement(seconds: number, cpuSeconds: number | undefined): Measurement {
    return {
      units: this.#units,
      seconds,
      cpuSeconds,
      uncertaintySeconds: this.#options.process?.uncertaintySeconds ?? 0,
      p50: this.#latencies.percentile(50) / 1e6,
      p99: this.#latencies.percentile(99) / 1e6,
      errors: this.#errors,
      firstError: this.#firstError,
    };
  }
}
