import { measureCpu, type Workload } from './workload.ts';

const CONNECTIONS = 8;

/** The requests of `manifest-get`, to a server that answers anything: for the ratios of the small requests. */
export const bareGet: Workload<string> = {
  name: 'manifest-get',

  async prepare({ target }) {
    return target.repository('manifest-get');
  },

  async run(bench, repository) {
    using registry = bench.target.connect(CONNECTIONS);
    return await measureCpu('manifest-get', bench, {
      workers: CONNECTIONS,
      unit: (index) => registry.getManifest(repository, `v${index % 16}`),
    });
  },
};
