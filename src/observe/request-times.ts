import type { Gauge, Registry } from 'prom-client';

/** Seconds. */
const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600];
const NAME = 'tidegate_http_request_duration_seconds';

interface Times {
  readonly door: string;
  readonly status: number;
  /** How many took at most as long as the bucket says and longer than the one before; the last took longer than all. */
  readonly counts: number[];
  sum: number;
}

interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName: string;
}

/** A histogram that every request goes into: counting is an addition, and the text is made when a scrape comes. */
export class RequestTimes {
  readonly #doors = new Map<string, Times[]>();

  constructor(registry: Registry) {
    const help = 'Time from the first byte of a request to the last of its answer.';
    const metric = { name: NAME, help, type: 'histogram', aggregator: 'sum' };
    const get = async () => ({ ...metric, values: this.#samples() });
    // the registry asks a metric for nothing else
    registry.registerMetric({ ...metric, get, reset: () => this.#doors.clear() } as unknown as Gauge);
  }

  add(door: string, status: number, seconds: number): void {
    const times = this.#of(door, status);
    let at = 0;
    while (at < BUCKETS.length && seconds > (BUCKETS[at] ?? 0)) at++;
    times.counts[at] = (times.counts[at] ?? 0) + 1;
    times.sum += seconds;
  }

  #of(door: string, status: number): Times {
    const known = this.#doors.get(door) ?? [];
    for (const times of known) if (times.status === status) return times;
    const times = { door, status, counts: BUCKETS.map(() => 0).concat(0), sum: 0 };
    this.#doors.set(door, [...known, times]);
    return times;
  }

  #samples(): Sample[] {
    return [...this.#doors.values()].flat().flatMap(samplesOf);
  }
}

const samplesOf = ({ door, status, counts, sum }: Times): Sample[] => {
  const labels = { door, status: String(status) };
  const bounds: (number | string)[] = [...BUCKETS, '+Inf'];
  let count = 0;
  const buckets = bounds.map((le, index) => {
    count += counts[index] ?? 0;
    return { labels: { le, ...labels }, value: count, metricName: `${NAME}_bucket` };
  });
  return [
    ...buckets,
    { labels, value: sum, metricName: `${NAME}_sum` },
    { labels, value: count, metricName: `${NAME}_count` },
  ];
};
