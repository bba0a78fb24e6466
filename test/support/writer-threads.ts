import type { Worker } from 'node:worker_threads';
import type { WriterThreads } from '../../src/database/sqlite.ts';

/** Registries of a test file often run one after the other; few run side by side. */
const MOST_IDLE = 2;

const idle: Worker[] = [];

/** A thread that has closed its database writes the next one's: loading its code takes longer than most tests. */
export const sharedThreads: WriterThreads = {
  take(start) {
    const thread = idle.pop() ?? start();
    thread.ref();
    return thread;
  },
  async giveBack(thread) {
    if (idle.length >= MOST_IDLE || thread.threadId < 0) {
      await thread.terminate();
      return;
    }
    // it must not keep the process from ending
    thread.unref();
    idle.push(thread);
  },
};
