import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { entityTagSeed } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import {
  changedSettings,
  DEFAULT_SETTINGS,
  type IdentityLimits,
  type IdentitySettings,
  limitsOf,
  type SettingsChanges,
} from './identity-settings.ts';
import { findAccountSettings } from './rows.ts';
import { readSettings } from './settings-document.ts';
import { NO_SETTINGS_TAG, setIdentitySettings } from './writes.ts';

/** Settings with their version. */
export interface VersionedSettings {
  readonly settings: IdentitySettings;
  readonly entityTag: string;
}

export interface SettingsChange {
  readonly accountId: string;
  readonly changes: SettingsChanges;
  readonly ifMatch: string;
  readonly by: string;
  readonly actor: Actor;
}

/** What each account has settled about lifetimes, sessions, addresses and who may create what. Live, and cached. */
export class AccountSettings {
  readonly #database: Database;
  readonly #clock: Clock;
  /** By `<account>/identity`. */
  readonly #limits: LiveCache<IdentityLimits>;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#limits = new LiveCache(database, ['account-settings'], 10_000);
  }

  /** What holds in an account now; the defaults where it has settled nothing. */
  async of(accountId: string): Promise<IdentityLimits> {
    const known = await this.#limits.get(`${accountId}/identity`, async () =>
      limitsOf((await this.read(accountId)).settings),
    );
    return known ?? DEFAULT_LIMITS;
  }

  async read(accountId: string): Promise<VersionedSettings> {
    const row = await findAccountSettings(this.#database.db, accountId, 'identity');
    if (!row) return { settings: DEFAULT_SETTINGS, entityTag: NO_SETTINGS_TAG };
    return { settings: readSettings(row.document), entityTag: row.entity_tag };
  }

  /** Changes some; the rest stay. Throws BAD_REQUEST, ENTITY_CHANGED for a stale tag. */
  async update({ accountId, changes, ifMatch, by, actor }: SettingsChange): Promise<VersionedSettings> {
    const settings = changedSettings((await this.read(accountId)).settings, changes);
    const { address } = actor;
    if (address !== undefined && !limitsOf(settings).admits(address)) {
      throw new RegistryError('BAD_REQUEST', {
        message: `allowed_ip_addresses would lock you out: it does not contain ${address}, where this request comes from`,
      });
    }
    const at = this.#clock.now();
    const seed = entityTagSeed();
    const input = { accountId, changes, ifMatch, by, at, seed, actor };
    return this.#database.write(setIdentitySettings, input);
  }
}

const DEFAULT_LIMITS = limitsOf(DEFAULT_SETTINGS);
