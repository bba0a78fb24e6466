import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { entityTagSeed } from '../../entity-tag.ts';
import { RegistryError } from '../../errors.ts';
import { isAction, mayBeInCustomRole, serviceOf } from '../actions/actions.ts';
import type { Author } from '../author.ts';
import { BUILT_IN_ROLES } from '../roles/roles.ts';
import { isService, SERVICE_NAMES } from '../roles/services.ts';
import { type CustomRole, customRoleOf, type RoleContent } from './custom-role.ts';
import { findCustomRole, listCustomRoles } from './rows.ts';
import { createRole, deleteRole, replaceRole } from './writes.ts';

export interface NewRole extends RoleContent {
  readonly accountId: string;
  readonly name: string;
  readonly serviceName: string;
}

/** An account's custom roles. */
export class CustomRoles {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async find(id: string): Promise<CustomRole | undefined> {
    const row = await findCustomRole(this.#database.db, id);
    return row && customRoleOf(row);
  }

  async list(accountId: string): Promise<CustomRole[]> {
    return (await listCustomRoles(this.#database.db, accountId)).map(customRoleOf);
  }

  /** Throws BAD_REQUEST, ROLE_CONFLICT, LIMIT_REACHED. */
  async create(role: NewRole, author: Author): Promise<CustomRole> {
    refuseName(role.name);
    refuseActions(role.serviceName, role.actions);
    const input = { role: { ...role, id: randomUUID() }, ...this.#change(author) };
    return customRoleOf(await this.#database.write(createRole, input));
  }

  /** Throws BAD_REQUEST, ENTITY_CHANGED, ROLE_UNKNOWN. */
  async replace(
    before: CustomRole,
    content: RoleContent,
    ifMatch: string,
    author: Author,
  ): Promise<CustomRole> {
    refuseActions(before.serviceName, content.actions);
    const input = { id: before.id, content, ifMatch, ...this.#change(author) };
    const row = await this.#database.write(replaceRole, input);
    if (!row) throw new RegistryError('ROLE_UNKNOWN');
    return customRoleOf(row);
  }

  /** Throws ROLE_CONFLICT while a policy gives it, ROLE_UNKNOWN. */
  async delete(id: string, { actor }: Author): Promise<void> {
    if (!(await this.#database.write(deleteRole, { id, at: this.#clock.now(), actor })))
      throw new RegistryError('ROLE_UNKNOWN');
  }

  #change({ actor, iamId }: Author) {
    return { entropy: entityTagSeed(), at: this.#clock.now(), by: iamId, actor };
  }
}

const refuseName = (name: string): void => {
  if (!/^[A-Z][A-Za-z0-9]{0,29}$/.test(name))
    throw new RegistryError('BAD_REQUEST', {
      message: 'name has 1 to 30 letters and digits and begins with a capital letter',
    });
  if (BUILT_IN_ROLES.some((role) => role === name))
    throw new RegistryError('ROLE_CONFLICT', {
      message: `${name} is a role of every account; choose another name`,
    });
};

const refuseActions = (service: string, actions: readonly string[]): void => {
  if (!isService(service))
    throw new RegistryError('BAD_REQUEST', {
      message: `there is no service ${service}; use ${SERVICE_NAMES.join(', ')}`,
    });
  if (actions.length === 0)
    throw new RegistryError('BAD_REQUEST', { message: 'actions must have one action or more' });
  for (const action of actions) {
    if (!isAction(action) || serviceOf(action) !== service)
      throw new RegistryError('BAD_REQUEST', {
        message: `${service} has no action ${action}; GET /v2/roles?service_name=${service} lists its actions`,
      });
    if (!mayBeInCustomRole(action))
      throw new RegistryError('BAD_REQUEST', {
        message: `${action} is for Administrators only, because it hands rights on; give the role Administrator`,
      });
  }
};
