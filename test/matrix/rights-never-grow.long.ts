import { test } from 'node:test';
import { tryHistories } from './histories.ts';

test('P2: rights never grow, in three hundred histories', async () => {
  await tryHistories(300);
});
