import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { ResourceGroupRow } from '../../database/iam-schema.ts';
import { RegistryError } from '../../errors.ts';
import { findAccount } from '../../identity/tx.ts';
import type { Actor } from '../../principal.ts';
import { findResourceGroup, listResourceGroups } from './rows.ts';
import { createResourceGroup, deleteResourceGroup, renameResourceGroup } from './writes.ts';

export interface ResourceGroup {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly state: string;
  /** True for the account's default group, which has no row: its id is the account's. */
  readonly isDefault: boolean;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

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
    if (id === accountId) return this.#default(accountId);
    const row = await findResourceGroup(this.#database.db, id);
    return row?.account_id === accountId ? groupOf(row) : undefined;
  }

  /** An account's groups by name, the default one first. */
  async list(accountId: string): Promise<ResourceGroup[]> {
    const first = await this.#default(accountId);
    const rows = await listResourceGroups(this.#database.db, accountId);
    return [...(first ? [first] : []), ...rows.map(groupOf)];
  }

  /** Throws BAD_REQUEST, NAME_TAKEN, LIMIT_REACHED. */
  async create(accountId: string, name: string, actor: Actor): Promise<ResourceGroup> {
    refuseName(name);
    const now = this.#clock.now();
    const row: ResourceGroupRow = {
      id: randomUUID().replaceAll('-', ''),
      account_id: accountId,
      name,
      state: 'ACTIVE',
      created_at: now,
      updated_at: now,
    };
    await this.#database.write(createResourceGroup, { row, actor });
    return groupOf(row);
  }

  /** Throws NOT_FOUND, BAD_REQUEST, NAME_TAKEN. */
  async rename(group: ResourceGroup, name: string, actor: Actor): Promise<ResourceGroup> {
    refuseDefault(group);
    refuseName(name);
    const input = { id: group.id, name, at: this.#clock.now(), actor };
    const row = await this.#database.write(renameResourceGroup, input);
    if (!row) throw new RegistryError('NOT_FOUND');
    return groupOf(row);
  }

  /** Throws NOT_FOUND, IN_USE. */
  async delete(group: ResourceGroup, actor: Actor): Promise<void> {
    refuseDefault(group);
    const input = { id: group.id, at: this.#clock.now(), actor };
    if (!(await this.#database.write(deleteResourceGroup, input))) throw new RegistryError('NOT_FOUND');
  }

  async #default(accountId: string): Promise<ResourceGroup | undefined> {
    const account = await findAccount(this.#database.db, accountId);
    return (
      account && {
        id: accountId,
        accountId,
        name: DEFAULT_NAME,
        state: 'ACTIVE',
        isDefault: true,
        createdAt: account.createdAt,
        updatedAt: account.createdAt,
      }
    );
  }
}

const groupOf = (row: ResourceGroupRow): ResourceGroup => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  state: row.state,
  isDefault: false,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const refuseDefault = (group: ResourceGroup): void => {
  if (group.isDefault)
    throw new RegistryError('BAD_REQUEST', { message: 'the default resource group cannot be changed' });
};

const refuseName = (name: string): void => {
  if (!/^[\p{L}\p{N} ._-]{1,40}$/u.test(name))
    throw new RegistryError('BAD_REQUEST', {
      message: 'the name of a resource group has 1 to 40 letters, digits, spaces, and . _ -',
    });
  if (name.toLowerCase() === DEFAULT_NAME.toLowerCase())
    throw new RegistryError('NAME_TAKEN', {
      message: `every account has a resource group ${DEFAULT_NAME} already`,
    });
};
