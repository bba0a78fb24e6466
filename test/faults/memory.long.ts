import { test } from 'node:test';
import { assertBounded } from './upload-load.ts';

test('100 slow uploads of 64 MB and one of 5 GB at once take a bounded amount of memory', async () => {
  await assertBounded({ slow: 100, slowMegabytes: 64, seconds: 60, fastMegabytes: 5120, bound: 200 });
});
