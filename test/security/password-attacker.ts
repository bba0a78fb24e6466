import { Agent, request } from 'node:http';
import { workerData } from 'node:worker_threads';

/** A thread of its own, so that what it sends is not in the way of what the test measures. */
export interface Attack {
  readonly url: string;
  readonly from: string;
  readonly connections: number;
}

const { url, from, connections } = workerData as Attack;
const agent = new Agent({ keepAlive: true, localAddress: from, maxSockets: connections });

const login = (username: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const form = new URLSearchParams({ grant_type: 'password', username, password: 'wrong wrong wrong' });
    request(
      new URL('/identity/token', url),
      { agent, method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      (response) => response.resume().on('end', resolve).on('error', reject),
    )
      .on('error', reject)
      .end(form.toString());
  });

await Promise.all(
  Array.from({ length: connections }, async (_, index) => {
    for (let count = 0; ; count++) await login(`guest-${index}-${count}@example.com`);
  }),
);
