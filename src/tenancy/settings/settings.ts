import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import type { QuotaPlace } from '../quotas/writes.ts';
import { findSettings } from './rows.ts';
import { setSettings } from './writes.ts';

/** What an account sets in a region. */
export interface RegistrySettingsValue {
  /** Kept for clients of IBM's API: metrics are the operator's here, and this changes nothing about them. */
  readonly platformMetrics: boolean;
}

export class RegistrySettings {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async of(place: QuotaPlace): Promise<RegistrySettingsValue> {
    const row = await findSettings(this.#database.db, place);
    return { platformMetrics: row?.platform_metrics === 1 };
  }

  async set(place: QuotaPlace, { platformMetrics }: RegistrySettingsValue, actor: Actor): Promise<void> {
    const at = this.#clock.now();
    await this.#database.write(setSettings, { place, platformMetrics, at, actor });
  }
}
