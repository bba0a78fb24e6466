import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { ApiKeyRow, KeyHolderKind } from '../../database/schema.ts';
import { entityTagSeed, firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId } from '../../ids.ts';
import { type Actor, systemActor } from '../../principal.ts';
import { cutPage, type Page, type PageRequest, pageOf } from '../entity-pages.ts';
import type { MasterKey } from '../master-key.ts';
import { newApiKeySecret } from './api-key-secret.ts';
import {
  type ApiKeysOf,
  apiKeysExpiredBefore,
  apiKeysOfIdentity,
  findApiKey,
  findApiKeyByHash,
  listApiKeys,
} from './rows.ts';
import {
  type ApiKeyChanges,
  createApiKey,
  deleteApiKey,
  removeExpiredKeys,
  reportLeakedKey,
  setApiKeyState,
  updateApiKey,
} from './writes.ts';

export type ApiKey = ApiKeyRow;
export type { ApiKeyChanges, ApiKeysOf };

export interface NewApiKey {
  readonly accountId: string;
  readonly iamId: string;
  /** What kind of identity it is for. */
  readonly identityKind: KeyHolderKind;
  readonly name: string;
  readonly description: string;
  /** Chosen by the caller, 32 characters or more; one is made where absent. */
  readonly secret: string | undefined;
  readonly expiresAt: number | undefined;
  readonly locked: boolean;
  readonly disabled: boolean;
  readonly supportSessions: boolean;
  readonly actionWhenLeaked: ApiKeyRow['action_when_leaked'];
  readonly createdBy: string;
}

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
  async create(request: NewApiKey, actor: Actor): Promise<{ key: ApiKeyRow; secret: string }> {
    const made = newKey(request, this.#masterKey, this.#clock.now());
    await this.#database.write(createApiKey, { key: made.key, actor });
    return made;
  }

  find(id: string): Promise<ApiKeyRow | undefined> {
    return findApiKey(this.#database.db, id);
  }

  /** All of an identity, expired ones too. */
  ofIdentity(accountId: string, iamId: string): Promise<ApiKeyRow[]> {
    return apiKeysOfIdentity(this.#database.db, accountId, iamId);
  }

  /** A page of keys, those that have expired left out. */
  async list(of: ApiKeysOf, request: PageRequest): Promise<Page<ApiKeyRow>> {
    const page = pageOf(request);
    const rows = await listApiKeys(this.#database.db, { of, now: this.#clock.now(), page });
    return cutPage(rows, request.size, page.sort ?? (of.iamId === undefined ? 'iam_id' : 'id'));
  }

  /** Throws NOT_FOUND, ENTITY_CHANGED for a stale tag, LOCKED. */
  async update(id: string, ifMatch: string, changes: ApiKeyChanges, actor: Actor): Promise<ApiKeyRow> {
    const key = await this.#database.write(updateApiKey, { ...this.#changing(id, actor), ifMatch, changes });
    if (!key) throw new RegistryError('NOT_FOUND');
    return key;
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

  /** Somebody holds a secret who should not: does what its key says. Throws CREDENTIAL_INVALID for no key's secret. */
  async reportLeak(
    secret: string,
    actor: Actor,
  ): Promise<{ id: string; action: ApiKeyRow['action_when_leaked'] }> {
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

/** A row and its secret. Throws BAD_REQUEST for a chosen secret that is too short. */
export const newKey = (
  request: NewApiKey,
  masterKey: MasterKey,
  now: number,
): { key: ApiKeyRow; secret: string } => {
  if (request.secret !== undefined && !/^\S{32,1024}$/.test(request.secret)) {
    throw new RegistryError('BAD_REQUEST', {
      message: 'apikey must have 32 characters or more, without spaces; leave it out to have one made',
    });
  }
  const secret = request.secret ?? newApiKeySecret();
  const key: ApiKeyRow = {
    id: prefixedId('ApiKey'),
    account_id: request.accountId,
    iam_id: request.iamId,
    name: request.name,
    description: request.description,
    secret_hash: masterKey.hashSecret('api-key', secret),
    entity_tag: firstEntityTag(),
    locked: Number(request.locked),
    disabled: Number(request.disabled),
    support_sessions: Number(request.supportSessions),
    action_when_leaked: request.actionWhenLeaked,
    expires_at: request.expiresAt ?? null,
    created_at: now,
    created_by: request.createdBy,
    modified_at: now,
    last_authn_at: null,
    authn_count: 0,
    identity_kind: request.identityKind,
  };
  return { key, secret };
};
