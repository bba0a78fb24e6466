import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { eventually, WatchedRegistry } from '../faults/watched-registry.ts';
import type { Attack } from './stalling-attacker.ts';
import { mostUnderAttack, Victim } from './victim.ts';

/** Megabytes: the budget of all bodies, a thousand connections, and what was dropped and is not collected yet. */
const MOST_MEMORY = 64 + 192;

let registry: WatchedRegistry;
before(async () => {
  registry = await WatchedRegistry.begin();
});
after(() => registry[Symbol.asyncDispose]());

test('a thousand trickled bodies and a hundred stalled manifests take bounded memory, hold up no other client, and end', async (t) => {
  const victim = await Victim.begin(registry);
  await victim.p99();
  const [memory, idle] = [registry.memory, await victim.p99()];

  const attack: Attack = {
    url: registry.url,
    authorization: registry.authorization,
    tricklers: 1000,
    manifests: 100,
  };
  const attacker = new Worker(new URL('stalling-attacker.ts', import.meta.url), { workerData: attack });
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, registry.memory - memory);
  }, 100);
  try {
    const [ports] = (await once(attacker, 'message')) as [number[]];
    const attacked = await victim.p99();
    t.diagnostic(
      `p99 ${idle.toFixed(1)} ms, under attack ${attacked.toFixed(1)} ms; memory +${most.toFixed(0)} MB`,
    );
    assert.ok(most <= MOST_MEMORY, `memory grew by ${most} MB`);
    assert.ok(attacked <= mostUnderAttack(idle), `p99 ${attacked} ms, idle ${idle} ms`);
    const gone = (): boolean => !ports.some((port) => registry.holds({ port }));
    await eventually('the stalled bodies are ended', gone, 90_000);
  } finally {
    clearInterval(watch);
    await attacker.terminate();
  }
});
