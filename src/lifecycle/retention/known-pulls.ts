import type { AuditSettings } from '../../audit/events/room.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { findInstallation, rememberInstallation } from '../../database/installation.ts';
import type { PullsKnown } from './decision.ts';

/** The fact of the installation since when all replicas record pulls, in epoch milliseconds. */
const FACT = 'pulls-recorded-since';

/**
 * Since when the pulls of an account are known. Before that an image may have been pulled without a trace: a replica of the
 * version before records no pulls, so recording begins when none can run any more.
 */
export class KnownPulls {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #settings: AuditSettings;
  #since: number | undefined;

  constructor(database: Database, clock: Clock, settings: AuditSettings) {
    this.#database = database;
    this.#clock = clock;
    this.#settings = settings;
  }

  async ofAccount(accountId: string): Promise<PullsKnown> {
    if ((await this.#settings.pulls(accountId)) === 'none') return 'not recorded';
    this.#since ??= await this.#begun();
    return this.#since ?? 'unknown';
  }

  /** Begins as soon as it can; to be called every now and then. */
  async begin(): Promise<void> {
    this.#since ??= await this.#begun();
  }

  async #begun(): Promise<number | undefined> {
    const known = await findInstallation(this.#database.db, FACT);
    if (known !== undefined) return Number(known);
    if (!(await this.#database.finishUpgrade())) return undefined;
    const fact = { name: FACT, value: String(this.#clock.now()) };
    return Number(await this.#database.write(rememberInstallation, fact));
  }
}
