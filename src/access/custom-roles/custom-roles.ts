import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { CustomRoleRow } from '../../database/iam-schema.ts';
import { entityTagSeed, firstEntityTag } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { isAction, mayBeInCustomRole, serviceOf } from '../actions/actions.ts';
import type { Author } from '../policies/policies.ts';
import { findCustomRole, listCustomRoles } from '../policies/rows.ts';
import { PLATFORM_ROLES, SERVICE_ROLES } from '../roles/roles.ts';
import { isService, SERVICE_NAMES } from '../roles/services.ts';
import { createRole, deleteRole, replaceRole } from './writes.ts';

export type CustomRole = CustomRoleRow;

/** What a role is, whatever it is called. */
export interface RoleContent {
  readonly displayName: string;
  readonly description: string;
  readonly actions: readonly string[];
}

export interface NewRole extends RoleContent {
  readonly accountId: string;
  readonly name: string;
  readonly serviceName: string;
}

/** An account's own roles: some of a service's actions under a name policies can give. */
export class CustomRoles {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  find(id: string): Promise<CustomRole | undefined> {
    return findCustomRole(this.#database.db, id);
  }

  list(accountId: string): Promise<CustomRole[]> {
    return listCustomRoles(this.#database.db, accountId);
  }

  /** Throws BAD_REQUEST, ROLE_CONFLICT, LIMIT_REACHED. */
  async create(role: NewRole, { actor, iamId }: Author): Promise<CustomRole> {
    demandName(role.name);
    demandActions(role.serviceName, role.actions);
    const now = this.#clock.now();
    const row: CustomRole = {
      id: randomUUID(),
      account_id: role.accountId,
      name: role.name,
      display_name: role.displayName,
      description: role.description,
      service_name: role.serviceName,
      actions: JSON.stringify([...new Set(role.actions)]),
      entity_tag: firstEntityTag(entityTagSeed()),
      created_at: now,
      created_by: iamId,
      modified_at: now,
      modified_by: iamId,
    };
    await this.#database.write(createRole, { row, actor });
    return row;
  }

  /** Throws BAD_REQUEST, ENTITY_CHANGED, ROLE_UNKNOWN. */
  async replace(
    before: CustomRole,
    content: RoleContent,
    ifMatch: string,
    { actor, iamId }: Author,
  ): Promise<CustomRole> {
    demandActions(before.service_name, content.actions);
    const set = {
      display_name: content.displayName,
      description: content.description,
      actions: JSON.stringify([...new Set(content.actions)]),
      modified_at: this.#clock.now(),
      modified_by: iamId,
    };
    const change = { id: before.id, ifMatch, entropy: entityTagSeed(), set, actor };
    const row = await this.#database.write(replaceRole, change);
    if (!row) throw new RegistryError('ROLE_UNKNOWN');
    return row;
  }

  /** Throws ROLE_CONFLICT while a policy gives it, ROLE_UNKNOWN. */
  async delete(id: string, { actor }: Author): Promise<void> {
    if (!(await this.#database.write(deleteRole, { id, at: this.#clock.now(), actor })))
      throw new RegistryError('ROLE_UNKNOWN');
  }
}

const demandName = (name: string): void => {
  if (!/^[A-Z][A-Za-z0-9]{0,29}$/.test(name))
    throw new RegistryError('BAD_REQUEST', {
      message: 'name has 1 to 30 letters and digits and begins with a capital letter',
    });
  if ([...SERVICE_ROLES, ...PLATFORM_ROLES].some((role) => role === name))
    throw new RegistryError('ROLE_CONFLICT', {
      message: `${name} is a role of every account; choose another name`,
    });
};

const demandActions = (service: string, actions: readonly string[]): void => {
  if (!isService(service))
    throw new RegistryError('BAD_REQUEST', {
      message: `there is no service ${service}; use ${SERVICE_NAMES.join(', ')}`,
    });
  if (actions.length === 0)
    throw new RegistryError('BAD_REQUEST', { message: 'actions must have one action or more' });
  for (const action of actions) {
    if (!isAction(action) || serviceOf(action) !== service)
      throw new RegistryError('BAD_REQUEST', {
        message: `${service} has no action ${action}; GET /v2/roles?service_name=${service} lists what there is`,
      });
    if (!mayBeInCustomRole(action))
      throw new RegistryError('BAD_REQUEST', {
        message: `${action} is for Administrators only, since it hands rights on; give the role Administrator`,
      });
  }
};
