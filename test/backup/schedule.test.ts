import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { backupArguments } from '../../src/admin/backup-arguments.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { BackupRun } from '../../src/wire/backups.ts';
import { HOUR } from '../support/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { BackedUp } from './backups.ts';

const runsOf = async ({ registry }: BackedUp): Promise<BackupRun[]> =>
  ((await (await registry.api('GET', '/api/v1/backups')).json()) as { runs: BackupRun[] }).runs;

const runsUntil = async (backup: BackedUp, holds: (runs: BackupRun[]) => boolean): Promise<BackupRun[]> => {
  let runs: BackupRun[] = [];
  await until('the backups are as they should be', async () => {
    runs = await runsOf(backup);
    return holds(runs);
  });
  return runs;
};

/** The schedule looks once a minute; here at once. */
const turn = ({ registry }: BackedUp): Promise<void> => registry.runJob('back-up');

const metric = async ({ registry }: BackedUp, name: string): Promise<number> => {
  const text = await (await registry.api('GET', '/metrics')).text();
  return Number(new RegExp(`^tidegate_backup_${name} (.*)$`, 'm').exec(text)?.[1]);
};

test('with a schedule a backup is made when the time comes, once, and the metrics tell of it', async () => {
  using folder = temporaryFolder();
  const to = join(folder.path, 'scheduled');
  const env = { TIDEGATE_BACKUP_TO: to, TIDEGATE_BACKUP_EVERY: '1m' };
  await using backup = await BackedUp.start({ env });
  await turn(backup);
  const [first] = await runsUntil(backup, (runs) => runs[0]?.outcome === 'done');
  assert.equal(first?.target, to);
  assert.match(first?.started_by ?? '', /^system:backup$/);
  await turn(backup);
  assert.equal((await runsOf(backup)).length, 1, 'it is not due again');
  backup.registry.clock.advance(HOUR);
  await turn(backup);
  const runs = await runsUntil(backup, ({ length, 0: last }) => length === 2 && last?.outcome === 'done');
  assert.equal(Date.parse(runs[0]?.started_at ?? '') - Date.parse(runs[1]?.started_at ?? ''), HOUR);
  const last = Date.parse(runs[0]?.started_at ?? '') / 1000;
  await until(
    'the metric tells of the last one',
    async () => (await metric(backup, 'last_success_timestamp_seconds')) === last,
  );
  assert.ok((await metric(backup, 'bytes')) > 0);
  assert.equal(await metric(backup, 'failures_total'), 0);
  assert.equal(await metric(backup, 'last_drill_timestamp_seconds'), 0);
});

/** What needs attention of backups, after a look. */
const warned = async ({ registry }: BackedUp): Promise<string[]> => {
  const begun = await registry.api('POST', '/api/v1/warnings/looks');
  assert.equal(begun.status, 202, await begun.text());
  for (;;) {
    const answer = await (await registry.api('GET', '/api/v1/warnings')).json();
    const { looking, warnings } = answer as {
      looking?: boolean;
      warnings: { kind: string; says: string }[];
    };
    if (!looking) return warnings.filter(({ kind }) => kind === 'backup-fails').map(({ says }) => says);
    await sleep(50);
  }
};

test('a scheduled backup that fails is counted, warned of with the reason, and tried again later', async () => {
  using folder = temporaryFolder();
  const to = join(folder.path, 'taken');
  mkdirSync(to);
  writeFileSync(join(to, 'holiday.jpg'), randomBytes(10));
  const env = { TIDEGATE_BACKUP_TO: to, TIDEGATE_BACKUP_EVERY: '1m' };
  await using backup = await BackedUp.start({ env });
  await turn(backup);
  const [failed] = await runsUntil(backup, (runs) => runs[0]?.outcome === 'failed');
  assert.match(failed?.reason ?? '', /is not empty \(it has holiday\.jpg\)/);
  assert.equal(await metric(backup, 'failures_total'), 1);
  assert.ok(backup.registry.logged.some((line) => line.includes('a backup was not made')));
  const [said = ''] = await warned(backup);
  assert.match(said, /the last backup failed: .*holiday\.jpg.*; there is none/);
  rmSync(join(to, 'holiday.jpg'));
  backup.registry.clock.advance(HOUR);
  await turn(backup);
  await runsUntil(backup, (runs) => runs[0]?.outcome === 'done');
  backup.registry.clock.advance(HOUR);
  await turn(backup);
  await runsUntil(backup, (runs) => runs[0]?.outcome === 'done' && runs.length > 2);
  assert.deepEqual(await warned(backup), []);
});

test('a backup under way when the server stops ends with it, and says so', async () => {
  await using backup = await BackedUp.start();
  const answer = await backup.registry.api('POST', '/api/v1/backups', { to: 'first' });
  const { id } = (await answer.json()) as { id: string };
  await backup.registry.restart();
  const run = await backup.ended(id);
  assert.ok(run.outcome === 'done' || run.outcome === 'stopped', `${run.outcome}: ${run.reason}`);
  assert.equal((await backup.taken()).outcome, 'done');
});

test('a place of backups in the settings that holds credentials keeps the server from starting, and is not repeated', () => {
  for (const name of ['TIDEGATE_BACKUP_TO', 'TIDEGATE_BACKUP_ROOT']) {
    for (const place of [
      's3://AKIA:verysecret@bucket/x',
      's3://bucket/x?secret=verysecret',
      'ftp://u:verysecret@h/x',
    ]) {
      assert.throws(
        () => loadConfig({}, { [name]: place }),
        (error: Error) => {
          assert.ok(
            error.message.includes(name) && !String(error.stack).includes('verysecret'),
            error.message,
          );
          return true;
        },
      );
    }
    assert.ok(loadConfig({}, { [name]: 's3://bucket/x?region=eu-1' }));
  }
});

test('of the words behind --offline the command takes its own, and the rest are settings', () => {
  const { own, settings } = backupArguments(
    'verify --offline --from=/b --data ./d --private-key k --insecure-http -o json'.split(' '),
  );
  assert.deepEqual(own, {
    action: 'verify',
    place: '/b',
    privateKey: 'k',
    dryRun: false,
    force: false,
    json: true,
  });
  assert.deepEqual(settings, ['--data', './d', '--insecure-http']);
  assert.equal(backupArguments(['--offline', '--to', 'x']).own.action, 'take');
  assert.throws(() => backupArguments(['mend', '--offline']), /usage: tidegate backup --offline/);
  assert.throws(() => backupArguments(['list', 'more', '--offline']), /usage/);
  assert.throws(() => backupArguments(['--offline', '--to']), /--to needs a value/);
});
