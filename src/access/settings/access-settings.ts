import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { AccountSettingsRow } from '../../database/iam-schema.ts';
import { entityTagSeed } from '../../entity-tag.ts';
import { findAccountSettings } from '../../identity/settings/rows.ts';
import type { Author } from '../policies/policies.ts';
import { type AccessArea, changeSettings, UNCHANGED_TAG } from './writes.ts';

export interface StoredSettings {
  readonly document: Readonly<Record<string, unknown>>;
  readonly entityTag: string;
  /** Epoch milliseconds; undefined where nobody has changed them yet. */
  readonly modifiedAt?: number;
  readonly modifiedBy?: string;
}

/** An account's settings of access groups (public access) and of access management. */
export class AccessSettings {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async read(accountId: string, area: AccessArea): Promise<StoredSettings> {
    const row = await findAccountSettings(this.#database.db, accountId, area);
    return row ? settingsOf(row) : { document: {}, entityTag: UNCHANGED_TAG };
  }

  /** Puts these fields over those there are. ENTITY_CHANGED. */
  async change(
    accountId: string,
    area: AccessArea,
    set: Readonly<Record<string, unknown>>,
    ifMatch: string,
    { actor, iamId: by }: Author,
  ): Promise<StoredSettings> {
    const entropy = entityTagSeed();
    const change = { accountId, area, set, ifMatch, entropy, at: this.#clock.now(), by, actor };
    return settingsOf(await this.#database.write(changeSettings, change));
  }
}

const settingsOf = (row: AccountSettingsRow): StoredSettings => ({
  document: JSON.parse(row.document),
  entityTag: row.entity_tag,
  modifiedAt: row.modified_at,
  modifiedBy: row.modified_by,
});
