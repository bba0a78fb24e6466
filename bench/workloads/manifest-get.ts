import { smallImage } from '../content.ts';
import { measureCpu, type Workload } from './workload.ts';

const CONNECTIONS = 8;
const TAGS = 16;

export const manifestGet: Workload<string> = {
  name: 'manifest-get',

  async prepare({ target }) {
    const repository = target.repository('manifest-get');
    using registry = target.connect(1);
    for (let tag = 0; tag < TAGS; tag++) await registry.pushImage(repository, `v${tag}`, smallImage());
    return repository;
  },

  async run(bench, repository) {
    using registry = bench.target.connect(CONNECTIONS);
    return await measureCpu('manifest-get', bench, {
      workers: CONNECTIONS,
      unit: (index) => registry.getManifest(repository, `v${index % TAGS}`),
    });
  },
};
