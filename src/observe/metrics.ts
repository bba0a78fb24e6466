import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What /metrics tells. Labels are closed sets: no name or id a caller chooses ever becomes a label. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests: Histogram<'door' | 'status'>;
  readonly #logins: Counter<'kind' | 'outcome'>;
  readonly #bytes: Counter<'direction'>;
  readonly #collected: Counter<'what'>;
  readonly #journalLag: Gauge;
  readonly #journalWaiting: Gauge;
  readonly #journalBroken: Gauge;
  readonly inFlight: Gauge;
  readonly #observers = new Map<string, (seconds: number) => void>();

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
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
    this.inFlight = new Gauge({
      name: 'tidegate_http_requests_in_flight',
      help: 'Requests not yet answered.',
      registers,
    });
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

  journal({ lag, waiting, broken }: { lag: number | undefined; waiting: number; broken: number }): void {
    this.#journalLag.set(lag ?? -1);
    this.#journalWaiting.set(waiting);
    this.#journalBroken.set(broken);
  }

  collected(counts: Readonly<Record<(typeof COLLECTED)[number], number>>): void {
    for (const what of COLLECTED) this.#collected.inc({ what }, counts[what]);
  }
}

const COLLECTED = ['links', 'blobs', 'bytes', 'unnamed', 'stagings'] as const;
