import { expectStatus, HttpClient } from '../http-client.ts';
import { measureCpu, needsTokenService, type Workload } from './workload.ts';

const CONNECTIONS = 8;

export const token: Workload<string> = {
  name: 'token',
  obstacle: needsTokenService,

  async prepare({ target }) {
    return target.repository('token');
  },

  async run(bench, repository) {
    const { credentials, url } = bench.target;
    using http = new HttpClient(credentials.realm ?? url, CONNECTIONS);
    return await measureCpu('token', bench, {
      workers: CONNECTIONS,
      unit: async () =>
        expectStatus(await credentials.requestToken(http, repository, 'pull'), 200, 'token request'),
    });
  },
};
