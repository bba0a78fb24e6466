/** What is large when it is read: memory is bounded, and another account is answered in time. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { mostUnderAttack, Victim } from '../http/victim.ts';
import { jsonOf, OCI_INDEX } from '../spec/content.ts';
import { AttackedRegistry, MOST_MEMORY } from './attacked-registry.ts';
import type { StalledReaders } from './stalled-readers.ts';

const READERS = 500;
const MANIFESTS = 150;

const largeManifest = (number: number): Buffer => {
  const annotations = { number: `${number}`, note: 'n'.repeat(4_190_000) };
  return jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], annotations });
};

const stalled = async (t: TestContext, attacked: AttackedRegistry, path: string): Promise<void> => {
  const { registry } = attacked;
  const victim = await Victim.begin(registry);
  await victim.p99();
  const [memory, idle] = [registry.memory, await victim.p99()];
  const authorization = String(attacked.registryHeaders().Authorization);
  const readers: StalledReaders = {
    url: registry.url,
    from: '127.0.0.2',
    count: READERS,
    path,
    authorization,
  };
  const worker = new Worker(new URL('stalled-readers.ts', import.meta.url), { workerData: readers });
  try {
    await once(worker, 'message');
    await sleep(3000);
    const under = await victim.p99();
    const grown = registry.memory - memory;
    t.diagnostic(
      `p99 ${idle.toFixed(1)} ms, under attack ${under.toFixed(1)} ms; memory +${grown.toFixed(0)} MB`,
    );
    assert.ok(grown <= MOST_MEMORY, `memory grew by ${grown} MB`);
    assert.ok(under <= mostUnderAttack(idle), `p99 ${under} ms, idle ${idle} ms`);
  } finally {
    await worker.terminate();
  }
};

test('500 clients that ask for a manifest of 4 MB and read nothing take bounded memory', async (t) => {
  await using attacked = await AttackedRegistry.begin();
  await attacked.pushed('PUT', 'a/manifests/1', largeManifest(1), OCI_INDEX);
  await stalled(t, attacked, '/v2/attack/a/manifests/1');
});

test('150 manifests of 4 MB that are pulled one after the other do not stay in memory', async (t) => {
  await using attacked = await AttackedRegistry.begin();
  const { registry } = attacked;
  await attacked.pushed('PUT', 'a/manifests/0', largeManifest(0), OCI_INDEX);
  const memory = registry.memory;
  for (let number = 1; number <= MANIFESTS; number++)
    await attacked.pushed('PUT', `a/manifests/${number}`, largeManifest(number), OCI_INDEX);
  for (let number = 1; number <= MANIFESTS; number++) {
    const path = `/v2/attack/a/manifests/${number}`;
    const { status } = await registry.ask('GET', path, { headers: attacked.registryHeaders() });
    assert.equal(status, 200);
  }
  const grown = registry.memory - memory;
  t.diagnostic(`memory +${grown.toFixed(0)} MB`);
  assert.ok(grown <= MOST_MEMORY, `memory grew by ${grown} MB`);
});
