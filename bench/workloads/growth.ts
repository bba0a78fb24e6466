import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectStatus, HttpClient } from '../http-client.ts';
import { UploadBurst } from './upload-burst.ts';
import { type Bench, needsTokenService, type Workload } from './workload.ts';

const FEW = 10;
const MANY = 1000;
/** The same in both cases, so that what grows is the number of open uploads and not the work. */
const UPLOADS_PER_SECOND = 100;
const TOKEN_EVERY_MS = 10;
/** p99 of fewer token requests would be one request's luck. */
const LEAST_SECONDS = 10;
const WARMUP_SECONDS = 2;

interface Tail {
  readonly p50: number;
  readonly p99: number;
  /** The smallest number of uploads that were open when a token was asked for. */
  readonly open: number;
}

/** The token service under a burst of uploads: one hot row per namespace would show here as a growing p99. */
export const growth: Workload<string> = {
  name: 'growth',
  obstacle: needsTokenService,

  async prepare({ target }) {
    return target.repository('growth');
  },

  async run(bench, repository) {
    const few = await tokensDuring(bench, repository, FEW);
    const many = await tokensDuring(bench, repository, MANY);
    const note =
      `token p99 ${few.p99.toFixed(1)} ms with ${FEW} parallel uploads, ${many.p99.toFixed(1)} ms with ${MANY} ` +
      `(never fewer than ${many.open} open), ${UPLOADS_PER_SECOND} uploads/s both times`;
    return { value: many.p99 / few.p99, p50: many.p50, p99: many.p99, errors: 0, note };
  },
};

const tokensDuring = async (bench: Bench, repository: string, parallel: number): Promise<Tail> => {
  const uploads = new UploadBurst(bench.target, repository, { parallel, perSecond: UPLOADS_PER_SECOND });
  try {
    await uploads.allOpen(bench.signal);
    await askForTokens(bench, repository, uploads, WARMUP_SECONDS);
    return await askForTokens(bench, repository, uploads, Math.max(LEAST_SECONDS, bench.seconds));
  } finally {
    await uploads.stop();
  }
};

const askForTokens = async (
  bench: Bench,
  repository: string,
  uploads: UploadBurst,
  seconds: number,
): Promise<Tail> => {
  const { credentials, url } = bench.target;
  using http = new HttpClient(credentials.realm ?? url, 64);
  const latencies = createHistogram();
  let open = Number.POSITIVE_INFINITY;
  const ask = async () => {
    open = Math.min(open, uploads.open);
    const start = performance.now();
    expectStatus(await credentials.requestToken(http, repository, 'pull'), 200, 'token request');
    latencies.record(Math.max(1, Math.round((performance.now() - start) * 1e6)));
  };
  const asked: Promise<void>[] = [];
  let failure: unknown;
  const end = performance.now() + 1000 * seconds;
  // Asked for at a fixed pace, answered or not: waiting for slow answers would hide that they are slow.
  while (performance.now() < end && uploads.running) {
    asked.push(
      ask().catch((error: unknown) => {
        failure ??= error;
      }),
    );
    await sleep(TOKEN_EVERY_MS, undefined, { signal: bench.signal });
  }
  await Promise.all(asked);
  if (failure !== undefined) throw failure;
  return { p50: latencies.percentile(50) / 1e6, p99: latencies.percentile(99) / 1e6, open };
};
