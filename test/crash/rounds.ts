import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '../../src/oci/digest.ts';
import { type RegistryProcess, startRegistryProcess } from '../support/registry-process.ts';
import { Promises } from './promises.ts';
import { Workload } from './workload.ts';

/** Milliseconds of work before a kill, at most: most requests take one to twenty. */
const LONGEST = 400;
const READERS = 4;

/** Reads every path and holds what comes against what was promised. */
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

/** Works, kills the server at a random instant, starts it again as it lies, and verifies. */
const round = async (registry: RegistryProcess, promises: Promises): Promise<{ resumed: number }> => {
  const workload = new Workload(registry, promises);
  const running = workload.run();
  await Promise.race([running, sleep(randomInt(LONGEST))]);
  workload.over();
  await registry.kill('SIGKILL');
  await running;
  await registry.start();
  assert.equal((await fetch(`${registry.url}/v2/`)).status, 401, 'the port answers again');
  const resumed = workload.uploads.size;
  const after = new Workload(registry, promises);
  for (const upload of workload.uploads) await after.resume(upload);
  await verify(after, promises, promises.unverified);
  return { resumed };
};

/** Kills a server `count` times in the middle of its work; answers how much there was to lose. */
export const killRounds = async (count: number): Promise<{ promised: number; resumed: number }> => {
  await using registry = await startRegistryProcess();
  await registry.namespaceAdd('birds');
  const promises = new Promises();
  let resumed = 0;
  for (let done = 0; done < count; done += 1) resumed += (await round(registry, promises)).resumed;
  await verify(new Workload(registry, promises), promises, promises.all);
  const failures = registry
    .logs()
    .split('\n')
    .filter((line) => /"status":5|"level":(50|60|"error"|"fatal")/.test(line));
  assert.deepEqual(failures, []);
  return { promised: promises.size, resumed };
};
