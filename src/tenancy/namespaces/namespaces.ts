import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { RegistryError } from '../../errors.ts';
import { isNamespaceName } from '../../oci/repository-name.ts';
import type { Actor } from '../../principal.ts';
import { type Namespace, namespaceOf } from './namespace.ts';
import { findNamespace, findNamespaceById, listNamespaces, REMOVED } from './rows.ts';
import { addNamespace, assignNamespace, removeNamespace } from './writes.ts';

/** Namespaces: unique per region, owned by one account, identified by an id that a recreated one does not share. */
export class Namespaces {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #byName: LiveCache<Namespace>;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#byName = new LiveCache(database, ['namespace'], 20_000);
  }

  find(regionId: string, name: string): Promise<Namespace | undefined> {
    return this.#byName.get(`${regionId}/${name}`, async () => {
      const row = await findNamespace(this.#database.db, regionId, name);
      return row && namespaceOf(row);
    });
  }

  /** Undefined where there is none, and where it was removed. */
  async byId(id: string): Promise<Namespace | undefined> {
    const row = await findNamespaceById(this.#database.db, id);
    return row && row.region_id !== REMOVED ? namespaceOf(row) : undefined;
  }

  /** The account's namespaces in a region by name; at most a hundred. */
  async list(accountId: string, regionId: string): Promise<Namespace[]> {
    return (await listNamespaces(this.#database.db, accountId, regionId)).map(namespaceOf);
  }

  /**
   * True when it is new, false when the account had it. `groupId`: its resource group; undefined for the default one.
   * Throws NAMESPACE_INVALID, NAMESPACE_TAKEN, LIMIT_REACHED.
   */
  async add(
    accountId: string,
    regionId: string,
    name: string,
    actor: Actor,
    groupId?: string,
  ): Promise<boolean> {
    if (!isNamespaceName(name)) throw new RegistryError('NAMESPACE_INVALID');
    const now = this.#clock.now();
    const row = {
      id: randomUUID(),
      region_id: regionId,
      account_id: accountId,
      name,
      created_at: now,
      created_by: actor.principal,
      updated_at: now,
      resource_group_id: storedGroup(accountId, groupId),
    };
    return this.#database.write(addNamespace, { row, actor });
  }

  /** Puts the namespace into a resource group, which can be done once. Throws NOT_FOUND, CONFLICT. */
  async assign(namespace: Named, groupId: string, actor: Actor): Promise<void> {
    await this.#assign(namespace, groupId, actor, false);
  }

  /** The same, and again: for the operator, who undoes a wrong assignment. Throws NOT_FOUND. */
  async reassign(namespace: Named, groupId: string, actor: Actor): Promise<void> {
    await this.#assign(namespace, groupId, actor, true);
  }

  /** Removes the namespace and its images; throws NOT_FOUND when the account has none of this name here. */
  async remove(accountId: string, regionId: string, name: string, actor: Actor): Promise<void> {
    const removed = await this.#database.write(removeNamespace, {
      regionId,
      accountId,
      name,
      at: this.#clock.now(),
      actor,
    });
    if (!removed) throw notHere(name);
  }

  async #assign(
    { accountId, regionId, name }: Named,
    groupId: string,
    actor: Actor,
    again: boolean,
  ): Promise<void> {
    const group = storedGroup(accountId, groupId);
    const at = this.#clock.now();
    const input = { regionId, accountId, name, groupId: group, again, at, actor };
    if (!(await this.#database.write(assignNamespace, input))) throw notHere(name);
  }
}

interface Named {
  readonly accountId: string;
  readonly regionId: string;
  readonly name: string;
}

/** The default group's id is the account's, and is not stored. */
const storedGroup = (accountId: string, groupId: string | undefined): string | null =>
  groupId === undefined || groupId === accountId ? null : groupId;

const notHere = (name: string): RegistryError =>
  new RegistryError('NOT_FOUND', { message: `there is no namespace ${name} in the account in this region` });
