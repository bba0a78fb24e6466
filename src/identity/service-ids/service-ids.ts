import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { entityTagSeed, firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import { type ApiKey, apiKeyOfRow, type KeyHolderKind } from '../api-keys/api-key.ts';
import { makeApiKey, type NewApiKey } from '../api-keys/new-api-key.ts';
import { cutPage, type Page, type PageRequest, pageOf } from '../entity-pages.ts';
import { entityIdOf, iamIdOfServiceId } from '../iam-ids.ts';
import type { MasterKey } from '../master-key.ts';
import { findServiceId, listServiceIds } from './rows.ts';
import { rowOfServiceId, type ServiceId, type ServiceIdChanges, serviceIdOfRow } from './service-id.ts';
import { createServiceId, deleteServiceId, lockServiceId, updateServiceId } from './writes.ts';

export interface NewServiceId {
  /** From `ServiceIds.newId`: a caller may have to decide on it before it exists. */
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly description: string;
  readonly uniqueInstanceCrns: readonly string[];
  readonly locked: boolean;
  readonly createdBy: string;
  /** A key made with it. */
  readonly key: Omit<NewApiKey, 'accountId' | 'iamId' | 'identityKind' | 'createdBy'> | undefined;
}

/** Who would hold a key: told by the rows of the account, never by how the iam_id is spelt. */
export interface KeyHolder {
  readonly kind: KeyHolderKind;
  /** The id its entity has in a policy. */
  readonly entity: { readonly type: 'user' | 'serviceid'; readonly id: string };
}

/** Service IDs: identities of programs, which have only what policies give them. */
export class ServiceIds {
  readonly #database: Database;
  readonly #masterKey: MasterKey;
  readonly #clock: Clock;

  constructor(database: Database, masterKey: MasterKey, clock: Clock) {
    this.#database = database;
    this.#masterKey = masterKey;
    this.#clock = clock;
  }

  static newId(): string {
    return prefixedId('ServiceId');
  }

  /** Creates one, and its key where asked for: the key's secret is in the answer and nowhere else. */
  async create(
    request: NewServiceId,
    actor: Actor,
  ): Promise<{ serviceId: ServiceId; made: { key: ApiKey; secret: string } | undefined }> {
    const now = this.#clock.now();
    const { id, accountId, createdBy, key } = request;
    const serviceId: ServiceId = {
      id,
      accountId,
      name: request.name,
      description: request.description,
      uniqueInstanceCrns: request.uniqueInstanceCrns,
      entityTag: firstEntityTag(),
      locked: request.locked,
      createdAt: now,
      createdBy,
      modifiedAt: now,
    };
    const holder = { accountId, iamId: iamIdOfServiceId(id), identityKind: 'service-id', createdBy } as const;
    const made = key && makeApiKey({ ...key, ...holder }, this.#masterKey, now);
    const row = rowOfServiceId(serviceId);
    await this.#database.write(createServiceId, { row, key: made?.row, actor });
    return { serviceId, made: made && { key: apiKeyOfRow(made.row), secret: made.secret } };
  }

  async find(id: string): Promise<ServiceId | undefined> {
    const row = await findServiceId(this.#database.db, id);
    return row && serviceIdOfRow(row);
  }

  /** What an iam_id is in an account: a service ID of it, or else taken for a user. */
  async holderOf(accountId: string, iamId: string): Promise<KeyHolder> {
    const row = await findServiceId(this.#database.db, entityIdOf(iamId));
    return row?.account_id === accountId && iamIdOfServiceId(row.id) === iamId
      ? { kind: 'service-id', entity: { type: 'serviceid', id: row.id } }
      : { kind: 'user', entity: { type: 'user', id: iamId } };
  }

  async list(accountId: string, name: string | undefined, request: PageRequest): Promise<Page<ServiceId>> {
    const page = pageOf(request);
    const rows = await listServiceIds(this.#database.db, { accountId, name, page });
    return cutPage(rows, request.size, page.sort ?? 'id', serviceIdOfRow);
  }

  /** Throws NOT_FOUND, ENTITY_CHANGED for a stale tag, LOCKED. */
  async update(id: string, ifMatch: string, changes: ServiceIdChanges, actor: Actor): Promise<ServiceId> {
    const input = { ...this.#changing(id, actor), ifMatch, changes };
    return found(await this.#database.write(updateServiceId, input));
  }

  /** Throws NOT_FOUND. */
  async setLocked(id: string, locked: boolean, actor: Actor): Promise<ServiceId> {
    const input = { ...this.#changing(id, actor), locked: Number(locked) };
    return found(await this.#database.write(lockServiceId, input));
  }

  /** Removes it with its keys, policies, memberships and trusts. Throws NOT_FOUND; LOCKED where it or a key is. */
  async delete(id: string, actor: Actor): Promise<void> {
    if (!(await this.#database.write(deleteServiceId, { id, at: this.#clock.now(), actor })))
      throw new RegistryError('NOT_FOUND');
  }

  #changing(id: string, actor: Actor): { id: string; at: number; seed: string; actor: Actor } {
    return { id, at: this.#clock.now(), seed: entityTagSeed(), actor };
  }
}

const found = (row: Parameters<typeof serviceIdOfRow>[0] | undefined): ServiceId => {
  if (!row) throw new RegistryError('NOT_FOUND');
  return serviceIdOfRow(row);
};
