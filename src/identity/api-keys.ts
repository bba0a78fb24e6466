import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { RegistryError } from '../errors.ts';
import { prefixedId } from '../ids.ts';
import { findApiKey, listApiKeys } from '../metadata/api-keys.ts';
import type { Metadata } from '../metadata/database.ts';
import type { ApiKeyRow, KeyHolderKind } from '../metadata/schema.ts';
import type { Actor } from '../principal.ts';
import { newApiKeySecret } from './api-key-secret.ts';
import type { MasterKey } from './master-key.ts';
import { createApiKey, deleteApiKey } from './writes.ts';

export type ApiKey = ApiKeyRow;

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

/** API keys: high-entropy secrets of an identity, kept as a peppered hash and shown once. */
export class ApiKeys {
  readonly #metadata: Metadata;
  readonly #masterKey: MasterKey;
  readonly #clock: Clock;

  constructor(metadata: Metadata, masterKey: MasterKey, clock: Clock) {
    this.#metadata = metadata;
    this.#masterKey = masterKey;
    this.#clock = clock;
  }

  /** Creates a key; its secret is in the answer and nowhere else. */
  async create(request: NewApiKey, actor: Actor): Promise<{ key: ApiKeyRow; secret: string }> {
    const made = newKey(request, this.#masterKey, this.#clock.now());
    await this.#metadata.write(createApiKey, { key: made.key, actor });
    return made;
  }

  find(id: string): Promise<ApiKeyRow | undefined> {
    return findApiKey(this.#metadata.db, id);
  }

  /** A page of an identity's keys in order of their ids, those that have expired left out, and whether more follow. */
  async list(
    of: { accountId: string; iamId: string },
    after: string,
    limit: number,
  ): Promise<{ keys: ApiKeyRow[]; more: boolean }> {
    const rows = await listApiKeys(this.#metadata.db, {
      ...of,
      now: this.#clock.now(),
      after,
      limit: limit + 1,
    });
    return { keys: rows.slice(0, limit), more: rows.length > limit };
  }

  /** Throws NOT_FOUND, LOCKED. */
  async delete(id: string, actor: Actor): Promise<void> {
    if (!(await this.#metadata.write(deleteApiKey, { id, at: this.#clock.now(), actor })))
      throw new RegistryError('NOT_FOUND');
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
    entity_tag: `1-${randomBytes(16).toString('hex')}`,
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
