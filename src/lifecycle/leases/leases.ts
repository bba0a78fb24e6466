import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { keepAlive } from '../keep-alive.ts';
import { findJobLease } from './rows.ts';
import { releaseAllLeases, releaseLease, renewLease, takeLease } from './writes.ts';

/** How long a job stays taken after its holder has last been heard of; replicas' clocks must agree to well within it. */
const LEASE_MS = 60_000;
const RENEW_MS = LEASE_MS / 3;

/** A job that is ours until it is released or lost. */
export interface Lease {
  /** Fires when the job was taken over, or may have been. The work under the lease must stop then. */
  readonly lost: AbortSignal;
  /** Throws where it was taken over, or cannot be renewed now. */
  confirm(): Promise<void>;
  /** `dueAt`: when the job is to run again; undefined: it was cut short and is due at once. */
  release(dueAt: number | undefined): Promise<void>;
}

/** Which process does the work that only one of all replicas may do at a time. */
export class Leases {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #renewMs: number;

  /** `renewMs`: how often a holder shows that it lives; a third of the lease unless a test is in a hurry. */
  constructor(database: Database, clock: Clock, renewMs = RENEW_MS) {
    this.#database = database;
    this.#clock = clock;
    this.#renewMs = renewMs;
  }

  /** At the start. Where this process is the only one, the holders of before are gone. */
  async start(): Promise<void> {
    if (this.#database.alone) await this.#database.write(releaseAllLeases, undefined);
  }

  /** The lease, or undefined when the job is held, or (unless `early`) not due. */
  async take(name: string, { early = false }: { early?: boolean } = {}): Promise<Lease | undefined> {
    const now = this.#clock.now();
    const holder = randomUUID();
    const claim = { name, holder };
    // a look costs no transaction, and is all most replicas need
    const known = await findJobLease(this.#database.db, name);
    if (known && (known.held_until > now || (known.due_at > now && !early))) return undefined;
    const taken = await this.#database.write(takeLease, { ...claim, now, until: now + LEASE_MS, early });
    return taken ? this.#hold(claim) : undefined;
  }

  /** Whether any process holds the job now. */
  async held(name: string): Promise<boolean> {
    const known = await findJobLease(this.#database.db, name);
    return known !== undefined && known.held_until > this.#clock.now();
  }

  /** Runs a job that is due and not held, and answers whether it ran. It is due again a period later. */
  async run(
    name: string,
    period: number,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<boolean> {
    const lease = await this.take(name);
    if (!lease) return false;
    let dueAt: number | undefined;
    try {
      await work(AbortSignal.any([signal, lease.lost]));
    } finally {
      // a failed run waits its turn like any other; one that was stopped leaves its turn to another replica
      if (!signal.aborted) dueAt = this.#clock.now() + Math.floor(period * 0.9);
      await lease.release(dueAt);
    }
    return true;
  }

  #hold(claim: { name: string; holder: string }): Lease {
    const { lost, confirm, stop } = keepAlive({
      renew: () => this.#database.write(renewLease, { ...claim, until: this.#clock.now() + LEASE_MS }),
      everyMs: this.#renewMs,
      lastsMs: LEASE_MS,
      lost: (loss) =>
        new Error(
          loss === 'refused'
            ? `the job ${claim.name} was taken over`
            : `the lease of ${claim.name} could not be renewed`,
        ),
    });
    return {
      lost,
      confirm,
      release: async (dueAt) => {
        await stop();
        await this.#database.write(releaseLease, { ...claim, dueAt });
      },
    };
  }
}
