import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { entityTagSeed } from '../../entity-tag.ts';
import type { Author } from '../author.ts';
import { findSettings } from '../identities.ts';
import { type AccessArea, type StoredSettings, UNCHANGED } from './stored-settings.ts';
import { changeSettings } from './writes.ts';

/** An account's settings of access groups (public access) and of access management. */
export class AccessSettings {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async read(accountId: string, area: AccessArea): Promise<StoredSettings> {
    return (await findSettings(this.#database.db, accountId, area)) ?? UNCHANGED;
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
    return this.#database.write(changeSettings, change);
  }
}
