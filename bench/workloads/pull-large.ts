import { createHash } from 'node:crypto';
import { type Blob, LargeBlobs } from '../content.ts';
import { LARGE_MEGABYTES } from './push-large.ts';
import { measureCpu, type Workload } from './workload.ts';

interface State {
  readonly repository: string;
  readonly blob: Blob;
}

export const pullLarge: Workload<State> = {
  name: 'pull-large',

  /** Pushes the blob and pulls it once with its digest checked; the measured pulls only count their bytes. */
  async prepare({ target }) {
    const repository = target.repository('pull-large');
    const blob = new LargeBlobs(LARGE_MEGABYTES).next();
    using registry = target.connect(1);
    await registry.pushBlob(repository, blob);
    const hash = createHash('sha256');
    await registry.getBlob(repository, blob, (bytes) => hash.update(bytes));
    const digest = `sha256:${hash.digest('hex')}`;
    if (digest !== blob.digest)
      throw new Error(`pushed ${blob.digest}, but its bytes came back as ${digest}`);
    return { repository, blob };
  },

  async run(bench, { repository, blob }) {
    using registry = bench.target.connect(1);
    return await measureCpu('pull-large', bench, {
      workers: 1,
      unit: () => registry.getBlob(repository, blob),
      unitsPerTurn: LARGE_MEGABYTES,
      warmupTurns: 2,
    });
  },
};
