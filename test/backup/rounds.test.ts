import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddedRounds } from './rounds-places.ts';

/** The others, and those on PostgreSQL and S3, are in rounds.long.ts. */
const ROUNDS = 3;

test('P5: every push that was acknowledged before a backup began is in what is restored from it, to the byte, and no deleted image is: under pushes, deletes, collection and kill -9', async (t) => {
  const { there, gone, killed } = await embeddedRounds(ROUNDS);
  t.diagnostic(`${there} images there, ${gone} gone, ${killed} backups killed`);
  assert.ok(there > 20 && gone > 0 && killed > 0, 'there was something to lose');
});
