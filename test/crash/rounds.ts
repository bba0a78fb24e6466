import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../src/oci/digest.ts';
import type { CollectionRun, CollectionStatus } from '../../src/wire/collection.ts';
import { isEmbedded } from '../support/engines.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { openRows } from '../support/rows.ts';
import { Promises } from './promises.ts';
import { Workload } from './workload.ts';

/** Milliseconds of work before a kill, at most: most requests take one to twenty. */
const LONGEST = 400;
const READERS = 4;

/** Reads every path and compares the answer with what was promised. */
const verify = async (workload: Workload, promises: Promises, paths: readonly string[]): Promise<void> => {
  const left = [...paths];
  const read = async (): Promise<void> => {
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      const { status, headers, body } = await workload.request('GET', path);
      promises.verify(path, status, body);
      if (status !== 200) continue;
      const digest = headers.get('docker-content-digest') ?? '';
      assert.equal(digest, digestOf(body, digest.startsWith('sha512:') ? 'sha512' : 'sha256'));
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
};

/** Works, kills the server at a random instant, starts it again without a repair, and verifies. */
const round = async (
  registry: RegistryProcess,
  promises: Promises,
  { collecting = false, cutPower }: Rounds,
): Promise<{ resumed: number }> => {
  const workload = new Workload(registry, promises, collecting);
  const running = workload.run();
  await Promise.race([running, sleep(randomInt(LONGEST))]);
  workload.over();
  await registry.kill('SIGKILL');
  await running;
  await cutPower?.();
  await registry.start();
  assert.equal((await fetch(`${registry.url}/v2/`)).status, 401, 'the port answers again');
  const resumed = workload.uploads.size;
  const after = new Workload(registry, promises, collecting);
  for (const upload of workload.uploads) {
    if (cutPower) await after.resumeWhatIsLeft(upload);
    else await after.resume(upload);
  }
  await verify(after, promises, promises.unverified);
  return { resumed };
};

export interface Rounds {
  /** Garbage collection runs all the while. */
  readonly collecting?: boolean;
  /** What happens to the machine between the kill and the next start. */
  readonly cutPower?: () => Promise<void>;
  /** Where the server keeps its folder. */
  readonly folder?: string;
}

export interface Survived {
  readonly promised: number;
  readonly resumed: number;
  /** Blobs that garbage collection removed. */
  readonly collected: number;
  /** Blobs that a row of the database has in the end. */
  readonly inRows: number;
}

/** Kills a server `count` times in the middle of its work; answers how much there was to lose. */
export const killRounds = async (count: number, rounds: Rounds = {}): Promise<Survived> => {
  const { collecting = false, folder } = rounds;
  await using registry = await startRegistryProcess({
    ...(collecting ? { env: { TIDEGATE_GC_GRACE: '1s' } } : {}),
    ...(folder === undefined ? {} : { folder }),
  });
  await registry.namespaceAdd('birds');
  const promises = new Promises();
  let resumed = 0;
  for (let done = 0; done < count; done += 1) resumed += (await round(registry, promises, rounds)).resumed;
  await verify(new Workload(registry, promises), promises, promises.all);
  await assertSound(registry);
  const collected = collecting ? await collectAll(registry) : 0;
  await verify(new Workload(registry, promises), promises, promises.all);
  await assertSound(registry);
  const failures = registry
    .logs()
    .split('\n')
    .filter((line) => /"status":5|"level":(50|60|"error"|"fatal")/.test(line));
  assert.deepEqual(failures, []);
  return { promised: promises.size, resumed, collected, inRows: await blobsInRows(registry) };
};

const blobsInRows = async ({ settings, dataDir }: RegistryProcess): Promise<number> => {
  await using db = openRows(settings.TIDEGATE_DATABASE_URL ?? join(dataDir, 'tidegate.db'));
  const rows = await db.selectFrom('small_blobs').select('storage_key').execute();
  return rows.length;
};

/** Every byte, row and reference fits. */
const assertSound = async (registry: RegistryProcess): Promise<void> => {
  const lines = (await operate(registry, 'POST', '/api/v1/gc/verify', {})).trim().split('\n');
  assert.match(lines.at(-1) ?? '', /^{"kind":"end",.*"findings":0}$/, lines.slice(0, 5).join('\n'));
};

/** Collects until nothing is left, and answers how many blobs have gone since the beginning. */
const collectAll = async (registry: RegistryProcess): Promise<number> => {
  for (;;) {
    await sleep(1100);
    if (!(await beginCollection(registry))) continue;
    const last = async (): Promise<CollectionRun | undefined> =>
      (JSON.parse(await operate(registry, 'GET', '/api/v1/gc')) as CollectionStatus).runs[0];
    let run = await last();
    while (run?.outcome === 'running') {
      await sleep(50);
      run = await last();
    }
    assert.equal(run?.outcome, 'done', run?.reason ?? 'no run');
    if (run.waiting.blobs > 0) continue;
    const metrics = await operate(registry, 'GET', '/metrics');
    return Number(/^tidegate_collected_total\{what="blobs"\} (\d+)$/m.exec(metrics)?.[1]);
  }
};

/** False where the lease of a replica that was killed in a collection has not ended. */
const beginCollection = async (registry: RegistryProcess): Promise<boolean> => {
  const headers = { 'Content-Type': 'application/json' };
  const begun = await registry.request('/api/v1/gc/runs', { method: 'POST', headers, body: '{}' });
  const text = await begun.text();
  assert.ok(begun.status === 202 || (begun.status === 409 && !isEmbedded()), `${begun.status} ${text}`);
  return begun.status === 202;
};

const operate = async (
  registry: RegistryProcess,
  method: string,
  path: string,
  body?: object,
): Promise<string> => {
  const json = body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {};
  const response = await registry.request(path, { method, ...json });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text;
};
