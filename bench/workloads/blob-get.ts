import { type Blob, smallBlob } from '../content.ts';
import { measureCpu, type Workload } from './workload.ts';

const CONNECTIONS = 8;
const BLOBS = 64;
const BLOB_BYTES = 4096;

interface State {
  readonly repository: string;
  readonly blobs: readonly Blob[];
}

export const blobGet: Workload<State> = {
  name: 'blob-get',

  async prepare({ target }) {
    const repository = target.repository('blob-get');
    using registry = target.connect(1);
    const blobs = Array.from({ length: BLOBS }, () => smallBlob(BLOB_BYTES));
    for (const blob of blobs) await registry.pushBlob(repository, blob);
    return { repository, blobs };
  },

  async run(bench, { repository, blobs }) {
    using registry = bench.target.connect(CONNECTIONS);
    return await measureCpu('blob-get', bench, {
      workers: CONNECTIONS,
      unit: async (index) => {
        const blob = blobs[index % BLOBS];
        if (blob !== undefined) await registry.getBlob(repository, blob);
      },
    });
  },
};
