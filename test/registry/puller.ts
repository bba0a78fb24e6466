/**
 * A thread that pulls and pushes beside what another thread measures: GET of a manifest by tag every few milliseconds, and
 * now and then a blob of a few bytes. It answers how long the slowest took, so that the reader of a test sees what a client
 * would have: wall time, with what other programs of the machine took.
 */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { digestOf } from '../../src/oci/digest.ts';

export interface Pulling {
  readonly url: string;
  readonly authorization: string;
  /** NAMESPACE/REPOSITORY, where it pulls and pushes. */
  readonly repository: string;
  readonly tag: string;
}

/** Milliseconds. */
export interface Pulled {
  readonly pulls: number;
  readonly p99: number;
  readonly longest: number;
  readonly pushes: number;
  readonly longestPush: number;
}

const PAUSE = 5;
/** A push for so many pulls. */
const PULLS = 10;

const { url, authorization, repository, tag } = workerData as Pulling;
const times: number[] = [];
let [pushes, longestPush] = [0, 0];

const timed = async (path: string, status: number, init: RequestInit = {}): Promise<number> => {
  const begun = performance.now();
  const response = await fetch(`${url}/v2/${repository}/${path}`, {
    ...init,
    headers: { Authorization: authorization },
  });
  await response.arrayBuffer();
  if (response.status !== status) throw new Error(`${path}: ${response.status}`);
  return performance.now() - begun;
};

parentPort?.on('message', () => {
  const sorted = times.splice(0).sort((one, other) => one - other);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  const told: Pulled = { pulls: sorted.length, p99, longest: sorted.at(-1) ?? 0, pushes, longestPush };
  [pushes, longestPush] = [0, 0];
  parentPort?.postMessage(told);
});

for (let count = 1; ; count++) {
  times.push(await timed(`manifests/${tag}`, 200));
  if (count % PULLS === 0) {
    const body = randomBytes(100);
    const took = await timed(`blobs/uploads/?digest=${digestOf(body)}`, 201, { method: 'POST', body });
    longestPush = Math.max(longestPush, took);
    pushes++;
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE));
}
