import assert from 'node:assert/strict';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { eventually, WatchedRegistry } from '../faults/watched-registry.ts';
import { OCI_INDEX } from '../spec/content.ts';
import type { Attack } from './stalling-attacker.ts';

/** Megabytes: the budget of all bodies, and what connections and their buffers take. */
const MOST_MEMORY = 64 + 136;

let registry: WatchedRegistry;
before(async () => {
  registry = await WatchedRegistry.begin();
});
after(() => registry[Symbol.asyncDispose]());

/** Milliseconds in which 99 of 100 requests of another client are answered: a pull and the switching of a key. */
const victim = async (keyId: string, token: string): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < 200; round += 1) {
    const begun = performance.now();
    const { status } = await registry.ask('GET', 'manifests/1');
    assert.equal(status, 200);
    const state = await fetch(new URL(`/v1/apikeys/${keyId}/disable`, registry.url), {
      method: round % 2 === 0 ? 'POST' : 'DELETE',
      headers: { Authorization: `Bearer ${token}` },
    });
    assert.equal(state.status, 204);
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
};

test('a thousand trickled bodies and a hundred stalled manifests take bounded memory, hold up no other client, and end', async (t) => {
  const { accessToken: token, accountId, iamId } = await registry.signIn();
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }));
  const pushed = await registry.ask('PUT', 'manifests/1', {
    body: index,
    headers: { 'Content-Type': OCI_INDEX },
  });
  assert.equal(pushed.status, 201, String(pushed.body));
  const made = await fetch(new URL('/v1/apikeys', registry.url), {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'victim', iam_id: iamId, account_id: accountId }),
  });
  const { id } = (await made.json()) as { id: string };
  await victim(id, token);
  const [memory, idle] = [registry.memory, await victim(id, token)];

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
    const attacked = await victim(id, token);
    t.diagnostic(
      `p99 ${idle.toFixed(1)} ms, under attack ${attacked.toFixed(1)} ms; memory +${most.toFixed(0)} MB`,
    );
    assert.ok(most <= MOST_MEMORY, `memory grew by ${most} MB`);
    // a machine that has other work to do is slow while idle too
    const bound = Math.min(10 * idle, Math.max(100, 3 * idle));
    assert.ok(attacked <= bound, `p99 ${attacked} ms, idle ${idle} ms`);
    const gone = (): boolean => !ports.some((port) => registry.holds({ port }));
    await eventually('the stalled bodies are ended', gone, 90_000);
  } finally {
    clearInterval(watch);
    await attacker.terminate();
  }
});
