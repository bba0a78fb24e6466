import { test } from 'node:test';
import { countTrials, OTHER_GROUP, REMOVED, refuseLate } from './live-trials.ts';

test('of ten people who were removed at the provider none has anything left after the bound', async () => {
  refuseLate(await countTrials(10, REMOVED), 10);
});

test('of ten people whose group changed at the provider none has its rights after the bound', async () => {
  refuseLate(await countTrials(10, OTHER_GROUP), 10);
});
