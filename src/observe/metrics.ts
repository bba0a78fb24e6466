import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

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
  readonly #requests: Histogram<'door' | 'status'>;
  readonly #logins: Counter<'kind' | 'outcome'>;
  readonly #bytes: Counter<'direction'>;
  readonly #collected: Counter<'what'>;
  readonly inFlight: Gauge;
  readonly auditSealLag: Gauge;
  readonly auditExportLag: Gauge;
  readonly #observers = new Map<string, (seconds: number) => void>();
  readonly #readings: (() => Promise<void>)[] = [];

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    // their names say counter, and they are none
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    this.#requests = new Histogram({
      name: 'tidegate_http_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer.',
      labelNames: ['door', 'status'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
      registers,
    });
    this.#logins = new Counter({
      name: 'tidegate_logins_total',
      help: 'Secrets presented, by their kind and whether they were valid.',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.#bytes = new Counter({
      name: 'tidegate_blob_bytes_total',
      help: 'Bytes of blobs received and sent.',
      labelNames: ['direction'],
      registers,
    });
    this.#collected = new Counter({
      name: 'tidegate_collected_total',
      help: 'What garbage collection has removed: links, blobs, bytes, bytes without a row, staging places.',
      labelNames: ['what'],
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
    this.inFlight = new Gauge({
      name: 'tidegate_http_requests_in_flight',
      help: 'Requests not yet answered.',
      registers,
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

  request(door: string, status: number, seconds: number): void {
    const key = `${door} ${status}`;
    let observe = this.#observers.get(key);
    if (!observe) {
      const child = this.#requests.labels(door, String(status));
      observe = (value) => child.observe(value);
      this.#observers.set(key, observe);
    }
    observe(seconds);
  }

  login(kind: string, outcome: 'valid' | 'refused'): void {
    this.#logins.inc({ kind, outcome });
  }

  bytes(direction: 'received' | 'sent', count: number): void {
    this.#bytes.inc({ direction }, count);
  }

  collected(counts: Readonly<Record<(typeof COLLECTED)[number], number>>): void {
    for (const what of COLLECTED) this.#collected.inc({ what }, counts[what]);
  }
}

const COLLECTED = ['links', 'blobs', 'bytes', 'unnamed', 'stagings'] as const;
