import { Gauge } from 'prom-client';
import type { Database } from '../database/database.ts';
import type { JobRun } from '../jobs/runner.ts';
import type { Metrics } from '../observe/metrics.ts';
import { WARNING_KINDS } from '../warning.ts';
import type { Counts } from '../warnings/room.ts';
import { readCertificate, readDisk } from './readings.ts';

export interface GaugeParts {
  readonly version: string;
  readonly folder: string;
  readonly certificate: string | undefined;
  readonly database: Database;
  readonly jobs: () => readonly JobRun[];
  /** Each throws when its engine does not answer. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
  readonly warnings: () => Promise<Counts>;
}

/** What is read when a scrape comes. What cannot be read is left out: an old value would look like a new one. */
export const addGauges = (metrics: Metrics, parts: GaugeParts): void => {
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge<Label>({ name, help, labelNames, registers: [metrics.registry] });
  gauge('tidegate_build_info', 'Always 1; the version is in the label.', ['version', 'node'])
    .labels(parts.version, process.versions.node)
    .set(1);
  addEngines(metrics, gauge, parts);
  addMachine(metrics, gauge, parts);
  // the label job is Prometheus's own
  const success = gauge(
    'tidegate_job_last_success_timestamp_seconds',
    'When a job of this process last came to its end; when the process started, where it has not yet.',
    ['job_name'],
  );
  const failures = gauge(
    'tidegate_job_failures_in_a_row',
    'How many times a job of this process has failed since it last came to its end.',
    ['job_name'],
  );
  const warnings = gauge('tidegate_warnings', 'What needs attention, by kind; tidegate doctor lists it.', [
    'kind',
  ]);
  metrics.beforeScrape(warnings, async () => {
    const counts = await parts.warnings();
    for (const kind of WARNING_KINDS) warnings.labels(kind).set(counts[kind] ?? 0);
  });
  metrics.beforeScrape(success, async () => {
    for (const { name, lastSuccessAt, failures: count } of parts.jobs()) {
      success.labels(name).set(lastSuccessAt / 1000);
      failures.labels(name).set(count);
    }
  });
};

type MakeGauge = <Label extends string = never>(name: string, help: string, labels?: Label[]) => Gauge<Label>;

const addEngines = (metrics: Metrics, gauge: MakeGauge, { database, checks }: GaugeParts): void => {
  const up = gauge('tidegate_up', 'Whether the database and the blob store answer.', ['engine']);
  metrics.beforeScrape(up, async () => {
    for (const [name, check] of Object.entries(checks))
      up.labels(name).set(
        await check().then(
          () => 1,
          () => 0,
        ),
      );
  });
  const size = gauge('tidegate_database_size_bytes', 'Bytes of the database.');
  const log = gauge(
    'tidegate_database_log_bytes',
    "Bytes of the embedded database's log (WAL); 0 on PostgreSQL.",
  );
  const waiting = gauge('tidegate_database_writes_waiting', 'Writes that are not answered yet.');
  const lag = gauge(
    'tidegate_change_feed_lag_seconds',
    'How long ago the last successful read of the change feed began; 0 where no other process can write.',
  );
  metrics.beforeScrape([size, log, waiting, lag], async () => {
    const measured = await database.measure();
    waiting.set(measured.waiting);
    lag.set(measured.feedLag);
    if (measured.bytes === undefined) size.reset();
    else size.set(measured.bytes);
    log.set(measured.logBytes ?? 0);
  });
};

const addMachine = (metrics: Metrics, gauge: MakeGauge, { folder, certificate }: GaugeParts): void => {
  const size = gauge('tidegate_disk_size_bytes', 'Bytes of the file system of the data folder.');
  const free = gauge('tidegate_disk_free_bytes', 'Bytes of it that are free for this process.');
  metrics.beforeScrape([size, free], async () => {
    const disk = await readDisk(folder);
    size.set(disk.size);
    free.set(disk.free);
  });
  if (certificate === undefined) return;
  const ends = gauge('tidegate_tls_certificate_end_timestamp_seconds', 'When the TLS certificate ends.');
  metrics.beforeScrape(ends, async () => ends.set((await readCertificate(certificate)).ends / 1000));
};
