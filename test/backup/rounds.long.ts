import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '../support/component.ts';
import { postgres } from '../support/postgres.ts';
import { s3 } from '../support/s3.ts';
import { embeddedRounds, remoteRounds } from './rounds-places.ts';

const ROUNDS = 50;

test('P5: 50 backups under pushes, deletes, collection and kill -9, each restored and compared: 0 lost', async (t) => {
  const { there, gone, killed } = await embeddedRounds(ROUNDS);
  t.diagnostic(`${there} images there, ${gone} gone, ${killed} backups killed`);
  assert.ok(there > 500 && gone > 50 && killed > 10, 'there was something to lose');
});

test('O17: the same on PostgreSQL and S3', needs(postgres, s3), async (t) => {
  const { there, gone, killed } = await remoteRounds(ROUNDS);
  t.diagnostic(`${there} images there, ${gone} gone, ${killed} backups killed`);
  assert.ok(there > 500 && gone > 50 && killed > 10, 'there was something to lose');
});
