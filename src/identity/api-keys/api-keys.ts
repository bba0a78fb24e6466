import type { Clock } from '../../clock.ts';
import type { Database, Db } from '../../database/database.ts';
import { entityTagSeed } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { type Actor, systemActor } from '../../principal.ts';
import { cutPage, type Page, type PageRequest, pageOf } from '../entity-pages.ts';
import type { MasterKey } from '../master-key.ts';
import { type ActionWhenLeaked, type ApiKey, type ApiKeyChanges, apiKeyOfRow } from './api-key.ts';
import { liveSecret } from './key-secrets.ts';
import { makeApiKey, type NewApiKey, secretFor } from './new-api-key.ts';
import {
  type ApiKeysOf,
  apiKeysExpiredBefore,
  apiKeysOfIdentity,
  findApiKey,
  findApiKeyByHash,
  findApiKeyByPreviousHash,
  listApiKeys,
} from './rows.ts';
import {
  createApiKey,
  deleteApiKey,
  endPreviousSecret,
  removeExpiredKeys,
  reportLeakedKey,
  rotateApiKey,
  setApiKeyState,
  updateApiKey,
} from './writes.ts';

/** How a key gets its next secret. */
export interface Rotating {
  /** Milliseconds for which both secrets sign in. */
  readonly grace: number;
  /** Chosen by the caller; one is made where undefined. */
  readonly secret: string | undefined;
  /** When the key ends from now on; undefined: as before. */
  readonly expiresAt: number | undefined;
}

/** The key that has a secret with this hash, and which one: the newest, or the one before while it signs in. */
export const keyOfHash = async (
  db: Db,
  hash: string,
  now: number,
): Promise<{ key: ApiKey; number: number } | undefined> => {
  const newest = await findApiKeyByHash(db, hash);
  const row = newest ?? (await findApiKeyByPreviousHash(db, hash));
  if (!row) return undefined;
  const key = apiKeyOfRow(row);
  const [first] = key.secrets;
  const number = (first?.number ?? 1) - (newest ? 0 : 1);
  return liveSecret(key.secrets, number, now) && { key, number };
};

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

  /**
   * The next secret of a key, which is in the answer and nowhere else. The secret of now signs in for `grace` milliseconds
   * more, an older one no longer. Throws NOT_FOUND, ENTITY_CHANGED, LOCKED, BAD_REQUEST.
   */
  async rotate(
    id: string,
    ifMatch: string,
    { grace, secret: chosen, expiresAt }: Rotating,
    actor: Actor,
  ): Promise<{ key: ApiKey; secret: string }> {
    const secret = secretFor(chosen);
    const hash = this.#masterKey.hashSecret('api-key', secret);
    const changing = this.#changing(id, actor);
    const until = changing.at + grace;
    const row = await this.#database.write(rotateApiKey, { ...changing, ifMatch, hash, until, expiresAt });
    if (!row) throw new RegistryError('NOT_FOUND');
    return { key: apiKeyOfRow(row), secret };
  }

  /** Ends the secret before the newest at once. Throws NOT_FOUND where the key has none, ENTITY_CHANGED, LOCKED. */
  async endPrevious(id: string, ifMatch: string, actor: Actor): Promise<void> {
    if (!(await this.#database.write(endPreviousSecret, { ...this.#changing(id, actor), ifMatch })))
      throw new RegistryError('NOT_FOUND');
  }

  /** Throws NOT_FOUND, LOCKED. */
  async delete(id: string, actor: Actor): Promise<void> {
    if (!(await this.#database.write(deleteApiKey, { id, at: this.#clock.now(), actor })))
      throw new RegistryError('NOT_FOUND');
  }

  /** Does what the key of a leaked secret says is to be done. Throws CREDENTIAL_INVALID where no key has this value. */
  async reportLeak(secret: string, actor: Actor): Promise<{ id: string; action: ActionWhenLeaked }> {
    const key = (await this.bySecret(secret))?.key;
    const action = key && (await this.#database.write(reportLeakedKey, this.#changing(key.id, actor)));
    if (!action) throw new RegistryError('CREDENTIAL_INVALID', { reason: 'no API key has this value' });
    return { id: key.id, action };
  }

  /** The key that a secret is of, and which of its secrets it is, if that one still signs in. */
  async bySecret(secret: string): Promise<{ key: ApiKey; number: number } | undefined> {
    return keyOfHash(this.#database.db, this.#masterKey.hashSecret('api-key', secret), this.#clock.now());
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
