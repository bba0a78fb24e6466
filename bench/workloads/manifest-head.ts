import { digestOf, smallImage } from '../content.ts';
import { measureCpu, type Workload } from './workload.ts';

const CONNECTIONS = 8;
const MANIFESTS = 16;

interface State {
  readonly repository: string;
  readonly digests: readonly string[];
}

export const manifestHead: Workload<State> = {
  name: 'manifest-head',

  async prepare({ target }) {
    const repository = target.repository('manifest-head');
    using registry = target.connect(1);
    const digests: string[] = [];
    for (let i = 0; i < MANIFESTS; i++) {
      const image = smallImage();
      await registry.pushImage(repository, `v${i}`, image);
      digests.push(digestOf(image.manifest));
    }
    return { repository, digests };
  },

  async run(bench, { repository, digests }) {
    using registry = bench.target.connect(CONNECTIONS);
    return await measureCpu('manifest-head', bench, {
      workers: CONNECTIONS,
      unit: (index) => registry.headManifest(repository, digests[index % MANIFESTS] ?? ''),
    });
  },
};
