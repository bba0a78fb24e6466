import { setTimeout as sleep } from 'node:timers/promises';
import { conflictLimit, isConnectionLost } from './postgres-errors.ts';

/** How long a lost connection is tried again (milliseconds since it was first lost), and what ends that early. */
export interface Patience {
  readonly retryMs: number;
  readonly signal: AbortSignal;
}

const FIRST_DELAY_MS = 5;
const LONGEST_DELAY_MS = { lost: 1000, conflict: 100 };

/**
 * Runs `work` again after a lost connection and after a conflict with another transaction, with growing random
 * delays. Rejects with the last failure.
 */
export const retrying = async <T>(work: () => Promise<T>, { retryMs, signal }: Patience): Promise<T> => {
  let lostAt: number | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const lost = isConnectionLost(error);
      const longest = lost ? LONGEST_DELAY_MS.lost : LONGEST_DELAY_MS.conflict;
      const delay = Math.random() * Math.min(longest, FIRST_DELAY_MS * 2 ** attempt);
      if (lost) lostAt ??= performance.now();
      const hopeless = lost
        ? performance.now() + delay - (lostAt ?? 0) > retryMs
        : attempt >= conflictLimit(error);
      if (hopeless || signal.aborted) throw error;
      await pause(delay, signal);
    }
  }
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
