import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureDecisions } from '../../bench/decision/measure.ts';
import { seed } from '../../bench/decision/seed.ts';
import { TestRegistry } from '../support/registry.ts';

test('a decision takes two queries the first time an identity is asked about and none after that, however much there is', async () => {
  await using registry = await TestRegistry.start();
  const counts: number[][] = [];
  seed(registry.database, registry.accountId, 5000);
  for (const identities of [10, 400]) {
    const cost = await measureDecisions(registry.database, registry.accountId, {
      identities,
      decisions: 1000,
    });
    counts.push([cost.coldQueries, cost.warmQueries]);
  }
  assert.deepEqual(counts, [
    [2, 0],
    [2, 0],
  ]);
});
