import type { Clock } from '../../clock.ts';
import type { PullRecording } from '../../database/audit-schema.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import type { Actor } from '../../principal.ts';
import { findAuditSettings } from './rows.ts';
import { DEFAULT_PULLS, setAuditSettings } from './writes.ts';

export type { PullRecording };

/** What each account wants to have recorded. */
export class AuditSettings {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #pulls: LiveCache<{ pulls: PullRecording }>;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#pulls = new LiveCache(database, ['audit-settings'], 10_000);
  }

  /** Which events the pulls of an account make. */
  async pulls(accountId: string): Promise<PullRecording> {
    const known = await this.#pulls.get(
      accountId,
      async () => (await findAuditSettings(this.#database.db, accountId)) ?? { pulls: DEFAULT_PULLS },
    );
    return known?.pulls ?? DEFAULT_PULLS;
  }

  async setPulls(accountId: string, pulls: PullRecording, actor: Actor): Promise<void> {
    const row = {
      account_id: accountId,
      pulls,
      modified_at: this.#clock.now(),
      modified_by: actor.principal,
    };
    await this.#database.write(setAuditSettings, { row, actor });
  }
}
