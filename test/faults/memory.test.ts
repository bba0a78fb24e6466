import { test } from 'node:test';
import { assertBounded } from './upload-load.ts';

test('20 slow uploads of 8 MB and one of 512 MB at once take a bounded amount of memory', async () => {
  await assertBounded({ slow: 20, slowMegabytes: 8, seconds: 3, fastMegabytes: 512, bound: 80 });
});
