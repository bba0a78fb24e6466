import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '../support/component.ts';
import { postgres } from '../support/postgres.ts';
import { s3 } from '../support/s3.ts';
import { embeddedRounds, remoteRounds } from './rounds-places.ts';

const ROUNDS = 3;
/** The others are in rounds.long.ts. */
const REMOTE_ROUNDS = 1;

test('P5: every push that was acknowledged before a backup began is in what is restored from it, to the byte, and no deleted image is: under pushes, deletes, collection and kill -9', async (t) => {
  const { there, gone, killed } = await embeddedRounds(ROUNDS);
  t.diagnostic(`${there} images there, ${gone} gone, ${killed} backups killed`);
  assert.ok(there > 20 && gone > 0 && killed > 0, 'there was something to lose');
});

test(
  'O17: the same on PostgreSQL and S3, restored to there and to SQLite and files',
  needs(postgres, s3),
  async (t) => {
    const { there, gone, killed } = await remoteRounds(REMOTE_ROUNDS);
    t.diagnostic(`${there} images there, ${gone} gone, ${killed} backups killed`);
    assert.ok(there > 5, 'there was something to lose');
  },
);
