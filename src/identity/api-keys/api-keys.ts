import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { entityTagSeed } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { type Actor, systemActor } from '../../principal.ts';
import { cutPage, type Page, type PageRequest, pageOf } from '../entity-pages.ts';
import type { MasterKey } from '../master-key.ts';
import { type ActionWhenLeaked, type ApiKey, type ApiKeyChanges, apiKeyOfRow } from './api-key.ts';
import { makeApiKey, type NewApiKey } from './new-api-key.ts';
import {
  type ApiKeysOf,
  apiKeysExpiredBefore,
  apiKeysOfIdentity,
  findApiKey,
  findApiKeyByHash,
  listApiKeys,
} from './rows.ts';
import {
  createApiKey,
  deleteApiKey,
  removeExpiredKeys,
  reportLeakedKey,
  setApiKeyState,
  updateApiKey,
} from './writes.ts';

/** What can be done to a key beside changing its fields. */
export type ApiKeyState = { readonly locked: boolean } | { readonly disabled: boolean };

/** IBM deletes a key 90 days after it expired. */
const KEPT_AFTER_EXPIRY = 90 * 24 * 3_600_000;

/** API keys: high-entropy secrets of an identity, kept as a peppered hash and shown once. */
export class ApiKeys {
  readonly #database: Database;
  readonly #masterKey: MasterKey;
  readonly #clock: Clock;

  constructor(database: Database, masterKey: MasterKey, clock: Clock) {
    this.#database = database;
    this.#masterKey = masterKey;
    this.#clock = clock;
  }

  /** Creates a key; its secret is in the answer and nowhere else. */
  async create(request: NewApiKey, actor: Actor): Promise<{ key: ApiKey; secret: string }> {
    const { row, secret } = makeApiKey(request, this.#masterKey, this.#clock.now());
    await this.#database.write(createApiKey, { key: row, actor });
    return { key: apiKeyOfRow(row), secret };
  }

  async find(id: string): Promise<ApiKey | undefined> {
    const row = await findApiKey(this.#database.db, id);
    return row && apiKeyOfRow(row);
  }

  /** All of an identity, expired ones too. */
  async ofIdentity(accountId: string, iamId: string): Promise<ApiKey[]> {
    return (await apiKeysOfIdentity(this.#database.db, accountId, iamId)).map(apiKeyOfRow);
  }

  /** A page of keys, those that have expired left out. */
  async list(of: ApiKeysOf, request: PageRequest): Promise<Page<ApiKey>> {
    const page = pageOf(request);
    const rows = await listApiKeys(this.#database.db, { of, now: this.#clock.now(), page });
    const by = page.sort ?? (of.iamId === undefined ? 'iam_id' : 'id');
    return cutPage(rows, request.size, by, apiKeyOfRow);
  }

  /** Throws NOT_FOUND, ENTITY_CHANGED for a stale tag, LOCKED. */
  async update(id: string, ifMatch: string, changes: ApiKeyChanges, actor: Actor): Promise<ApiKey> {
    const row = await this.#database.write(updateApiKey, { ...this.#changing(id, actor), ifMatch, changes });
    if (!row) throw new RegistryError('NOT_FOUND');
    return apiKeyOfRow(row);
  }

  /** Throws NOT_FOUND. */
  async setState(id: string, state: ApiKeyState, actor: Actor): Promise<void> {
    const flag = 'locked' in state ? { locked: Number(state.locked) } : { disabled: Number(state.disabled) };
    if (!(await this.#database.write(setApiKeyState, { ...this.#changing(id, actor), state: flag })))
      throw new RegistryError('NOT_FOUND');
  }

  /** Throws NOT_FOUND, LOCKED. */
  async delete(id: string, actor: Actor): Promise<void> {
    if (!(await this.#database.write(deleteApiKey, { id, at: this.#clock.now(), actor })))
      throw new RegistryError('NOT_FOUND');
  }

  /** Does what the key of a leaked secret says is to be done. Throws CREDENTIAL_INVALID where no key has this value. */
  async reportLeak(secret: string, actor: Actor): Promise<{ id: string; action: ActionWhenLeaked }> {
    const key = await findApiKeyByHash(this.#database.db, this.#masterKey.hashSecret('api-key', secret));
    const action = key && (await this.#database.write(reportLeakedKey, this.#changing(key.id, actor)));
    if (!action) throw new RegistryError('CREDENTIAL_INVALID', { reason: 'no API key has this value' });
    return { id: key.id, action };
  }

  /** Deletes keys that expired 90 days ago, so many at most; answers how many. */
  async expire(limit: number): Promise<number> {
    const at = this.#clock.now();
    const before = at - KEPT_AFTER_EXPIRY;
    const ids = await apiKeysExpiredBefore(this.#database.db, before, limit);
    const actor = systemActor('expire-api-keys');
    if (ids.length > 0) await this.#database.write(removeExpiredKeys, { ids, before, at, actor });
    return ids.length;
  }

  #changing(id: string, actor: Actor): { id: string; at: number; seed: string; actor: Actor } {
    return { id, at: this.#clock.now(), seed: entityTagSeed(), actor };
  }
}
