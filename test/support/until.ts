import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than a slow machine needs. A test must not judge how long something takes. */
const PATIENCE_MS = 120_000;

/** Asks again until it holds, for what other threads, processes and replicas do. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = performance.now() + PATIENCE_MS; !(await holds()); await sleep(20))
    assert.ok(performance.now() < end, `never: ${what}`);
};
