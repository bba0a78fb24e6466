/** Work that time asks for: small, repeatable, safe to cut at any instant. A room lists its own. */
export interface Job {
  readonly name: string;
  /** Milliseconds between the end of one run and the beginning of the next. */
  readonly period: number;
  /** Milliseconds from the start to the first run, where a period is too long to wait. */
  readonly first?: number;
  /** Whose work it is: each process's own, or the installation's, done by one replica a period. */
  readonly of: 'process' | 'installation';
  run(signal: AbortSignal): Promise<void>;
}

/** Runs `batch`, which answers how many it has done, until it finds fewer than `size`. */
export const untilDone =
  (size: number, batch: (size: number) => Promise<number>) =>
  async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted && (await batch(size)) >= size);
  };
