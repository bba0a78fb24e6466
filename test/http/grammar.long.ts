import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runGrammar } from './grammar-run.ts';

test('200,000 requests made of routes, schemas and noise: no 5xx, no stack, no path, nothing of another account', async (t) => {
  const seed = Number(process.env.TIDEGATE_TEST_SEED ?? 1);
  t.diagnostic(`seed ${seed}`);
  const tally = await runGrammar(seed, Number(process.env.TIDEGATE_TEST_REQUESTS ?? 200_000));
  for (const [status, count] of [...tally].sort(([a], [b]) => a - b)) t.diagnostic(`${status}: ${count}`);
  const answered = [...tally].reduce((sum, [status, count]) => sum + (status < 300 ? count : 0), 0);
  assert.ok(
    answered > [...tally.values()].reduce((sum, count) => sum + count, 0) / 10,
    `only ${answered} were understood`,
  );
});
