import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runGrammar } from './grammar-run.ts';

test('2000 requests made of routes, schemas and noise: no 5xx, no stack, no path, nothing of another account', async (t) => {
  const seed = 20_260_115;
  t.diagnostic(`seed ${seed}`);
  const tally = await runGrammar(seed, 2000);
  const answered = [...tally].reduce((sum, [status, count]) => sum + (status < 300 ? count : 0), 0);
  t.diagnostic(`${JSON.stringify([...tally])}`);
  assert.ok(answered > 200, `only ${answered} were understood`);
});
