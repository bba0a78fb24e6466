import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { ServiceIdRow } from '../../database/iam-schema.ts';
import type { ApiKeyRow, KeyHolderKind } from '../../database/schema.ts';
import { entityTagSeed, firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { prefixedId } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import { type NewApiKey, newKey } from '../api-keys/api-keys.ts';
import { cutPage, type Page, type PageRequest, pageOf } from '../entity-pages.ts';
import { entityIdOf, iamIdOfServiceId } from '../iam-ids.ts';
import type { MasterKey } from '../master-key.ts';
import { findServiceId, listServiceIds } from './rows.ts';
import {
  createServiceId,
  deleteServiceId,
  lockServiceId,
  type ServiceIdChanges,
  updateServiceId,
} from './writes.ts';

export type ServiceId = ServiceIdRow;
export type { ServiceIdChanges };

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
  ): Promise<{ serviceId: ServiceIdRow; made: { key: ApiKeyRow; secret: string } | undefined }> {
    const now = this.#clock.now();
    const { id, accountId, createdBy, key } = request;
    const serviceId: ServiceIdRow = {
      id,
      account_id: accountId,
      name: request.name,
      description: request.description,
      unique_instance_crns: JSON.stringify(request.uniqueInstanceCrns),
      entity_tag: firstEntityTag(),
      locked: Number(request.locked),
      created_at: now,
      created_by: createdBy,
      modified_at: now,
    };
    const holder = { accountId, iamId: iamIdOfServiceId(id), identityKind: 'service-id', createdBy } as const;
    const made = key && newKey({ ...key, ...holder }, this.#masterKey, now);
    await this.#database.write(createServiceId, { row: serviceId, key: made?.key, actor });
    return { serviceId, made };
  }

  find(id: string): Promise<ServiceIdRow | undefined> {
    return findServiceId(this.#database.db, id);
  }

  /** What an iam_id is in an account. Whatever is no service ID of it can at most be a user. */
  async holderOf(accountId: string, iamId: string): Promise<KeyHolder> {
    const row = await this.find(entityIdOf(iamId));
    return row?.account_id === accountId && iamIdOfServiceId(row.id) === iamId
      ? { kind: 'service-id', entity: { type: 'serviceid', id: row.id } }
      : { kind: 'user', entity: { type: 'user', id: iamId } };
  }

  async list(accountId: string, name: string | undefined, request: PageRequest): Promise<Page<ServiceIdRow>> {
    const page = pageOf(request);
    const rows = await listServiceIds(this.#database.db, { accountId, name, page });
    return cutPage(rows, request.size, page.sort ?? 'id');
  }

  /** Throws NOT_FOUND, ENTITY_CHANGED for a stale tag, LOCKED. */
  async update(id: string, ifMatch: string, changes: ServiceIdChanges, actor: Actor): Promise<ServiceIdRow> {
    const input = { ...this.#changing(id, actor), ifMatch, changes };
    return found(await this.#database.write(updateServiceId, input));
  }

  /** Throws NOT_FOUND. */
  async setLocked(id: string, locked: boolean, actor: Actor): Promise<ServiceIdRow> {
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

const found = (row: ServiceIdRow | undefined): ServiceIdRow => {
  if (!row) throw new RegistryError('NOT_FOUND');
  return row;
};
