import { test } from 'node:test';
import { countTrials, OTHER_GROUP, REMOVED, refuseLate } from './live-trials.ts';

test('of a hundred people who were removed at the provider none has anything left after the bound', async () => {
  refuseLate(await countTrials(100, REMOVED), 100);
});

test('of a hundred people whose group changed at the provider none has its rights after the bound', async () => {
  refuseLate(await countTrials(100, OTHER_GROUP), 100);
});
