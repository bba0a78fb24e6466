import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as runs from '../../src/backup/runs/rows.ts';
import type { BackupRunRow } from '../../src/database/backup-schema.ts';
import * as holds from '../../src/lifecycle/byte-hold/rows.ts';
import { AT, unique } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

const runRow = (more: Partial<BackupRunRow>): BackupRunRow => ({
  id: unique('run'),
  started_at: AT,
  started_by: 'user:u',
  finished_at: null,
  target: '/backups',
  offline: 0,
  outcome: 'running',
  reason: null,
  snapshot: null,
  blobs: 0,
  bytes: 0,
  copied_blobs: 0,
  copied_bytes: 0,
  damaged: 0,
  ...more,
});

/** What is remembered of backups, and the hold under which they copy bytes. */
export const backupQueries = ({ read, write }: QueryTester): void => {
  test('backup runs: the latest first, the latest that was made, and what ends and is forgotten', async () => {
    await write(runs.deleteBackupRunsBefore, Number.MAX_SAFE_INTEGER);
    const done = runRow({ outcome: 'done', snapshot: 's', started_at: AT + 1 });
    const running = runRow({ started_at: AT + 2 });
    const old = runRow({ outcome: 'failed', reason: 'full', started_at: AT });
    for (const row of [done, running, old]) await write(runs.insertBackupRun, row);
    assert.deepEqual(await read(runs.findBackupRun, done.id), done);
    assert.deepEqual(await read(runs.latestBackupRuns, 2), [running, done]);
    assert.deepEqual(await read(runs.latestDoneBackup), done);
    await write(runs.endBackupRuns, 'its server ended');
    assert.deepEqual(await read(runs.findBackupRun, running.id), {
      ...running,
      outcome: 'stopped',
      reason: 'its server ended',
    });
    await write(runs.changeBackupRun, done.id, { copied_bytes: 2 ** 40 });
    assert.equal((await read(runs.findBackupRun, done.id))?.copied_bytes, 2 ** 40);
    await write(runs.deleteBackupRunsBefore, AT + 1);
    assert.equal(await read(runs.findBackupRun, old.id), undefined);
    assert.equal((await read(runs.latestBackupRuns, 10)).length, 2);
  });

  test('a hold on bytes counts until its time, and is taken away afterwards', async () => {
    const [one, other] = [unique('hold'), unique('hold')];
    await write(holds.insertByteHold, { id: one, held_until: AT + 10 });
    assert.deepEqual(
      [await read(holds.areBytesHeld, AT + 9), await read(holds.areBytesHeld, AT + 10)],
      [true, false],
    );
    assert.equal(await write(holds.changeByteHold, one, AT + 20), true);
    await write(holds.insertByteHold, { id: other, held_until: AT + 15 });
    await write(holds.deleteLapsedByteHolds, AT + 15);
    assert.equal(await write(holds.changeByteHold, other, AT + 30), false);
    await write(holds.deleteByteHold, one);
    assert.equal(await read(holds.areBytesHeld, AT), false);
  });
};
