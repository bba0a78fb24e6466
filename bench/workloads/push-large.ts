import { LargeBlobs } from '../content.ts';
import { plainWriteCost, warmMemory } from '../plain-write.ts';
import { measureCpu, type Workload } from './workload.ts';

export const LARGE_MEGABYTES = 256;
/** Bounds what a run leaves on the disk: 3 GB. */
const MOST_BLOBS = 12;

export const pushLarge: Workload<LargeBlobs> = {
  name: 'push-large',

  async prepare() {
    await warmMemory((MOST_BLOBS + 2) * LARGE_MEGABYTES);
    return new LargeBlobs(LARGE_MEGABYTES);
  },

  /** POST, PATCH with the whole blob under a Content-Length, PUT; one at a time. */
  async run(bench, blobs) {
    using registry = bench.target.connect(1);
    const outcome = await measureCpu('push-large', bench, {
      workers: 1,
      unit: () => registry.pushBlob(bench.target.repository('push-large'), blobs.next()),
      unitsPerTurn: LARGE_MEGABYTES,
      warmupTurns: 1,
      mostTurns: MOST_BLOBS,
    });
    const plain = Math.round(plainWriteCost(LARGE_MEGABYTES));
    return { ...outcome, note: `a plain write into a new file cost ${plain} µs/MB of CPU right after it` };
  },
};
