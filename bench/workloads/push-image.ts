import { smallImage } from '../content.ts';
import { measureCpu, type Workload } from './workload.ts';

const AT_ONCE = 8;
/** Bounds what a run leaves on the disk: some 50,000 small files. */
const MOST_IMAGES = 10_000;

export const pushImage: Workload<string> = {
  name: 'push-image',

  async prepare({ target }) {
    return target.repository('push-image');
  },

  /** Eight repositories, each taking one image after the other; nothing in an image was ever pushed before. */
  async run(bench, repository) {
    using registry = bench.target.connect(AT_ONCE);
    return await measureCpu('push-image', bench, {
      workers: AT_ONCE,
      unit: (index, worker) => registry.pushImage(`${repository}-${worker}`, `v${index}`, smallImage()),
      warmupTurns: 1000,
      mostTurns: MOST_IMAGES,
    });
  },
};
