import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { RequestTimes } from './request-times.ts';

type Readable = Pick<Gauge<string>, 'reset' | 'remove'>;

const isPlain = (gauge: Readable): boolean =>
  ((gauge as { labelNames?: readonly string[] }).labelNames ?? []).length === 0;

/** Gauges of prom-client whose names end in _total, which is for counters. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** What /metrics tells. Labels are closed sets: no name or id a caller chooses ever becomes a label. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests: RequestTimes;
  readonly #logins: Counter<'kind' | 'outcome'>;
  readonly #bytes = { received: 0, sent: 0 };
  #inFlight = 0;
  /** Lines of the log that were dropped; set by what writes it. */
  droppedLines: () => number = () => 0;
  readonly #collected: Counter<'what'>;
  readonly #webhooks: Counter<'result'>;
  readonly #backups: ReturnType<typeof backupMetrics>;
  readonly #journalLag: Gauge;
  readonly #journalWaiting: Gauge;
  readonly #journalBroken: Gauge;
  readonly auditSealLag: Gauge;
  readonly auditExportLag: Gauge;
  readonly #readings: (() => Promise<void>)[] = [];

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    // their names say counter, and they are none
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    this.#requests = new RequestTimes(this.registry);
    this.#logins = new Counter({
      name: 'tidegate_logins_total',
      help: 'Secrets presented, by their kind and whether they were valid.',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.#countRequests(registers);
    this.#collected = new Counter({
      name: 'tidegate_collected_total',
      help: 'What garbage collection has removed: links, blobs, bytes, bytes without a row, staging places.',
      labelNames: ['what'],
      registers,
    });
    this.#webhooks = new Counter({
      name: 'tidegate_webhook_deliveries_total',
      help: 'Tries of webhooks by their result: delivered, retried (it failed, and another try comes), failed (it was the last), dropped (an event that was not kept, as too many waited), disabled (a webhook was switched off for its receiver).',
      labelNames: ['result'],
      registers,
    });
    this.auditSealLag = new Gauge({
      name: 'tidegate_audit_seal_lag_seconds',
      help: 'How long the oldest event of the audit log that is not sealed has waited; 0 where all are.',
      registers,
    });
    this.auditExportLag = new Gauge({
      name: 'tidegate_audit_export_lag_events',
      help: 'Events of the audit log that the server has still to export (TIDEGATE_AUDIT_EXPORT).',
      registers,
    });
    this.#journalLag = new Gauge({
      name: 'tidegate_backup_journal_lag_seconds',
      help: 'Age of the time until which every backup target has all revocations; -1 where the journal goes nowhere.',
      registers,
    });
    this.#journalWaiting = new Gauge({
      name: 'tidegate_backup_journal_waiting',
      help: 'Revocations that a backup target lacks, looked at every 30 s.',
      registers,
    });
    this.#journalBroken = new Gauge({
      name: 'tidegate_backup_journal_broken_targets',
      help: 'Backup targets whose journal was given up, until the next backup there.',
      registers,
    });
    this.#journalLag.set(-1);
    this.#backups = backupMetrics(registers);
  }

  /** What each request changes is a plain number, which is read when a scrape comes. */
  #countRequests(registers: Registry[]): void {
    const bytes = new Counter({
      name: 'tidegate_blob_bytes_total',
      help: 'Bytes of blobs received and sent.',
      labelNames: ['direction'],
      registers,
      collect: () => {
        bytes.reset();
        for (const [direction, count] of Object.entries(this.#bytes)) bytes.inc({ direction }, count);
      },
    });
    const inFlight: Gauge = new Gauge({
      name: 'tidegate_http_requests_in_flight',
      help: 'Requests not yet answered.',
      registers,
      collect: () => inFlight.set(this.#inFlight),
    });
    const dropped = new Counter({
      name: 'tidegate_log_lines_dropped_total',
      help: 'Lines of the log that were not written, because what reads them was too slow or gone.',
      registers,
      collect: () => {
        dropped.reset();
        dropped.inc(this.droppedLines());
      },
    });
  }

  /** Has gauges read when a scrape comes. A reading that fails leaves its gauges out of the answer. */
  beforeScrape(gauges: Readable | readonly Readable[], read: () => Promise<void>): void {
    this.#readings.push(async () => {
      try {
        await read();
      } catch {
        // without labels, a reset would say 0
        for (const gauge of [gauges].flat()) isPlain(gauge) ? gauge.remove() : gauge.reset();
      }
    });
  }

  /** The text of /metrics, with everything read now. */
  async scrape(): Promise<string> {
    await Promise.all(this.#readings.map((read) => read()));
    return this.registry.metrics();
  }

  /** A request has come. */
  begun(): void {
    this.#inFlight += 1;
  }

  /** Its answer has left, or was cut. */
  ended(door: string, status: number, seconds: number): void {
    this.#inFlight -= 1;
    this.#requests.add(door, status, seconds);
  }

  login(kind: string, outcome: 'valid' | 'refused'): void {
    this.#logins.inc({ kind, outcome });
  }

  webhook(result: 'delivered' | 'retried' | 'failed' | 'dropped' | 'disabled'): void {
    this.#webhooks.inc({ result });
  }

  bytes(direction: 'received' | 'sent', count: number): void {
    this.#bytes[direction] += count;
  }

  /** Of the latest backup that was made, by any replica; `drilledAt`: the last restore that was tried with success. */
  backups({ succeededAt, seconds, bytes, drilledAt }: BackupNumbers): void {
    this.#backups.succeeded.set((succeededAt ?? 0) / 1000);
    this.#backups.seconds.set(seconds ?? 0);
    this.#backups.bytes.set(bytes ?? 0);
    this.#backups.drilled.set((drilledAt ?? 0) / 1000);
  }

  backupFailed(): void {
    this.#backups.failures.inc();
  }

  journal({ lag, waiting, broken }: { lag: number | undefined; waiting: number; broken: number }): void {
    this.#journalLag.set(lag ?? -1);
    this.#journalWaiting.set(waiting);
    this.#journalBroken.set(broken);
  }

  collected(counts: Readonly<Record<(typeof COLLECTED)[number], number>>): void {
    for (const what of COLLECTED) this.#collected.inc({ what }, counts[what]);
  }
}

interface BackupNumbers {
  /** Epoch milliseconds. */
  readonly succeededAt: number | undefined;
  readonly seconds: number | undefined;
  readonly bytes: number | undefined;
  readonly drilledAt: number | undefined;
}

const backupMetrics = (registers: Registry[]) => ({
  succeeded: new Gauge({
    name: 'tidegate_backup_last_success_timestamp_seconds',
    help: 'When the latest backup that was made began; 0: none was.',
    registers,
  }),
  drilled: new Gauge({
    name: 'tidegate_backup_last_drill_timestamp_seconds',
    help: 'When a restore was last tried with success; 0: none was.',
    registers,
  }),
  seconds: new Gauge({
    name: 'tidegate_backup_duration_seconds',
    help: 'How long the latest backup that was made took.',
    registers,
  }),
  bytes: new Gauge({
    name: 'tidegate_backup_bytes',
    help: 'Bytes of blobs in the latest backup that was made.',
    registers,
  }),
  failures: new Counter({
    name: 'tidegate_backup_failures_total',
    help: 'Backups of this process that were not made.',
    registers,
  }),
});

const COLLECTED = ['links', 'blobs', 'bytes', 'unnamed', 'stagings'] as const;
