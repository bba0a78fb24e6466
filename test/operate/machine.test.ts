import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database, DatabaseMeasures } from '../../src/database/database.ts';
import type { JobRun } from '../../src/jobs/runner.ts';
import { readDisk } from '../../src/machine/readings.ts';
import { type MachineParts, machineWarnings } from '../../src/machine/warnings.ts';
import type { Warning, WarningKind } from '../../src/warning.ts';
import { makeCertificate } from '../support/certificate.ts';
import { DAY, HOUR } from '../support/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const measuring = (logBytes: number): Database =>
  ({
    measure: async (): Promise<DatabaseMeasures> => ({ bytes: 1, logBytes, waiting: 0, feedLag: 0 }),
  }) as Database;

const job = (failures: number): JobRun => ({
  ...{ name: 'record-activity', period: 1000, of: 'process', hasSucceeded: true },
  lastSuccessAt: 0,
  lastFailureAt: failures === 0 ? undefined : 5,
  failures,
  reason: 'no space',
});

const found = async (
  kind: WarningKind,
  parts: Partial<MachineParts>,
  now = Date.now(),
): Promise<readonly Warning[]> => {
  using folder = temporaryFolder();
  const sources = machineWarnings({
    database: measuring(0),
    folder: folder.path,
    certificate: undefined,
    jobs: () => [],
    ...parts,
  });
  const source = sources.find((each) => each.kind === kind);
  assert.ok(source, kind);
  return (await source.find(now, undefined)).warnings;
};

test('a certificate is warned of before it ends, as near to its end as its life allows, and when it has ended', async () => {
  using folder = temporaryFolder();
  // made for two days: one day before its end is early enough
  const certificate = makeCertificate(folder.path).certFile;
  const now = Date.now();
  assert.deepEqual(await found('certificate-ends', { certificate }, now), []);
  const [soon] = await found('certificate-ends', { certificate }, now + 1.5 * DAY);
  assert.deepEqual([soon?.level, soon?.says], [1, 'the TLS certificate ends in 11 hours']);
  assert.match(soon?.mend ?? '', /cert\.pem: it is read again within seconds$/);
  const [over] = await found('certificate-ends', { certificate }, now + 2 * DAY + HOUR);
  assert.deepEqual([over?.level, over?.says], [0, 'the TLS certificate has ended']);
  assert.deepEqual(await found('certificate-ends', {}), [], 'a server without TLS has none');
});

test("a database's log above 256 MB and a job that failed three times in a row are warned of", async () => {
  assert.deepEqual(await found('database-log-grows', { database: measuring(256 << 20) }), []);
  const [log] = await found('database-log-grows', { database: measuring(300 << 20) });
  assert.match(log?.says ?? '', /has 300 MB/);
  assert.deepEqual(await found('job-fails', { jobs: () => [job(0), job(2)] }), []);
  const [fails] = await found('job-fails', { jobs: () => [job(3)] });
  assert.deepEqual([fails?.target, fails?.at], ['record-activity', 5]);
  assert.match(fails?.says ?? '', /failed 3 times, one after the other: no space/);
});

test('a disk is warned of below 15 % free, more urgently below 5 %', async () => {
  using folder = temporaryFolder();
  const disk = await readDisk(folder.path);
  assert.ok(disk.size > 0 && disk.free <= disk.size);
  const [warning] = await found('disk-fills', { folder: folder.path });
  const percent = (disk.free / disk.size) * 100;
  const expected = percent < 5 ? 5 : percent < 15 ? 15 : undefined;
  assert.equal(warning?.level, expected, `${percent} % are free here`);
  for (const [free, level] of [
    [4, 5],
    [14, 15],
    [16, undefined],
  ] as const) {
    const disk = { size: 100, free };
    const [told] = await found('disk-fills', { readDisk: async () => disk });
    assert.equal(told?.level, level, `${free} %`);
  }
});
