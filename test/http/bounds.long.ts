import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GrammarWorld } from './grammar-world.ts';
import { maximalRequests } from './maximal-requests.ts';

/** Milliseconds of the thread that answers everybody, with what this test spends in it to send and to read. */
const MOST = 20;
/** Of so many worlds the fastest counts: what else the machine does only adds. */
const ROUNDS = 3;

test('a body of maximal size takes at most 20 ms of the main thread, on every route', async (t) => {
  const fastest = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    await using world = await GrammarWorld.open();
    for (const { what, bodies } of maximalRequests(world)) {
      const route = what.replaceAll(/[A-Za-z]*-?[0-9a-f]{8}[0-9a-f-]+/g, '…');
      for (const [index, send] of bodies.entries()) {
        const before = process.threadCpuUsage();
        assert.ok((await send()) < 500, what);
        const { user, system } = process.threadCpuUsage(before);
        const key = `${route} ${index}`;
        fastest.set(key, Math.min(fastest.get(key) ?? Number.POSITIVE_INFINITY, (user + system) / 1000));
      }
    }
  }
  const sorted = [...fastest].sort(([, a], [, b]) => b - a);
  for (const [key, ms] of sorted.slice(0, 10)) t.diagnostic(`${ms.toFixed(1)} ms ${key}`);
  assert.deepEqual(
    sorted.filter(([, ms]) => ms > MOST),
    [],
  );
});
