import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../account.ts';
import { smallImage } from '../content.ts';
import { expectStatus, HttpClient } from '../http-client.ts';
import type { Target } from '../target.ts';
import type { Workload } from './workload.ts';

const TRIALS = 200;
const PAUSE_MS = 2;
/** When the replica still accepts after this, the row has failed. */
const GIVE_UP_MS = 10_000;

/** Deletes keys on one replica and asks another one with what came from them, until it refuses. */
export const revocationElsewhere: Workload<string> = {
  name: 'revocation-elsewhere',

  async obstacle(target) {
    if (target.replica === undefined) return 'no --replica was given';
    return (await target.account()) === undefined ? 'it has no API keys to delete' : undefined;
  },

  async prepare({ target }) {
    const repository = target.repository('revocation');
    using registry = target.connect(1);
    await registry.pushImage(repository, 'v1', smallImage());
    return repository;
  },

  async run({ target, signal }, repository) {
    const account = await target.account();
    if (account === undefined) throw new Error('the server no longer signs in its own API key');
    using replica = new HttpClient(target.replica ?? target.url, 1);
    const waits: number[] = [];
    for (let trial = 0; trial < TRIALS; trial++) {
      signal.throwIfAborted();
      waits.push(await waitFor(target, account, replica, repository, trial));
    }
    waits.sort((one, other) => one - other);
    const [p50 = 0, p99 = 0] = [0.5, 0.99].map((share) => waits[Math.floor(TRIALS * share)] ?? 0);
    const never = waits.filter((wait) => wait >= GIVE_UP_MS).length;
    return {
      value: p99,
      p50,
      p99,
      errors: never,
      firstError: never === 0 ? undefined : 'the replica went on accepting a deleted API key',
      note: `${TRIALS} deletions; the longest wait was ${(waits.at(-1) ?? 0).toFixed(0)} ms`,
    };
  },
};

/** Milliseconds from the acknowledged deletion to the answer that refuses. */
const waitFor = async (
  target: Target,
  account: Account,
  replica: HttpClient,
  repository: string,
  trial: number,
): Promise<number> => {
  const key = await account.createApiKey(`bench-elsewhere-${trial}`);
  const credentials = target.credentials.as({ user: 'iamapikey', password: key.secret });
  const headers = await credentials.headers(repository, 'pull');
  const pull = () => replica.send({ method: 'GET', path: `/v2/${repository}/manifests/v1`, headers });
  expectStatus(await pull(), 200, 'pull from the replica with a new API key');
  await account.deleteApiKey(key.id);
  const deleted = performance.now();
  for (;;) {
    const { status } = await pull();
    const wait = performance.now() - deleted;
    if (status === 401 || wait > GIVE_UP_MS) return wait;
    await sleep(PAUSE_MS);
  }
};
