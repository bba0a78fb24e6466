import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { ResourceGroupRow } from '../../database/iam-schema.ts';
import { RegistryError } from '../../errors.ts';
import { findAccount } from '../../identity/accounts/rows.ts';
import type { Actor } from '../../principal.ts';
import { findResourceGroup, listResourceGroups } from './rows.ts';
import { createResourceGroup, deleteResourceGroup, renameResourceGroup } from './writes.ts';

export type ResourceGroup = ResourceGroupRow;

const DEFAULT_NAME = 'Default';

/** Resource groups: what policies can name instead of each namespace. Every account has one more, its default group. */
export class ResourceGroups {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** A group of the account; those of others are not there. */
  async find(accountId: string, id: string): Promise<ResourceGroup | undefined> {
    if (isDefault({ id, account_id: accountId })) return this.#default(accountId);
    const row = await findResourceGroup(this.#database.db, id);
    return row?.account_id === accountId ? row : undefined;
  }

  /** An account's groups by name, the default one first. */
  async list(accountId: string): Promise<ResourceGroup[]> {
    const first = await this.#default(accountId);
    return [...(first ? [first] : []), ...(await listResourceGroups(this.#database.db, accountId))];
  }

  /** Throws BAD_REQUEST, NAME_TAKEN. */
  async create(accountId: string, name: string, actor: Actor): Promise<ResourceGroup> {
    demandName(name);
    const now = this.#clock.now();
    const row: ResourceGroup = {
      id: randomUUID().replaceAll('-', ''),
      account_id: accountId,
      name,
      state: 'ACTIVE',
      created_at: now,
      updated_at: now,
    };
    await this.#database.write(createResourceGroup, { row, actor });
    return row;
  }

  /** Throws NOT_FOUND, BAD_REQUEST, NAME_TAKEN. */
  async rename(group: ResourceGroup, name: string, actor: Actor): Promise<ResourceGroup> {
    demandOwn(group);
    demandName(name);
    const input = { id: group.id, name, at: this.#clock.now(), actor };
    const row = await this.#database.write(renameResourceGroup, input);
    if (!row) throw new RegistryError('NOT_FOUND');
    return row;
  }

  /** Throws NOT_FOUND, IN_USE. */
  async delete(group: ResourceGroup, actor: Actor): Promise<void> {
    demandOwn(group);
    const input = { id: group.id, at: this.#clock.now(), actor };
    if (!(await this.#database.write(deleteResourceGroup, input))) throw new RegistryError('NOT_FOUND');
  }

  async #default(accountId: string): Promise<ResourceGroup | undefined> {
    const account = await findAccount(this.#database.db, accountId);
    return (
      account && {
        id: accountId,
        account_id: accountId,
        name: DEFAULT_NAME,
        state: 'ACTIVE',
        created_at: account.created_at,
        updated_at: account.created_at,
      }
    );
  }
}

/** The default group's id is the account's. */
export const isDefault = ({ id, account_id }: Pick<ResourceGroup, 'id' | 'account_id'>): boolean =>
  id === account_id;

const demandOwn = (group: ResourceGroup): void => {
  if (isDefault(group))
    throw new RegistryError('BAD_REQUEST', { message: 'the default resource group stays as it is' });
};

const demandName = (name: string): void => {
  if (!/^[\p{L}\p{N} ._-]{1,40}$/u.test(name))
    throw new RegistryError('BAD_REQUEST', {
      message: 'the name of a resource group has 1 to 40 letters, digits, spaces, and . _ -',
    });
  if (name.toLowerCase() === DEFAULT_NAME.toLowerCase())
    throw new RegistryError('NAME_TAKEN', {
      message: `every account has a resource group ${DEFAULT_NAME} already`,
    });
};
