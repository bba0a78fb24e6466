import { CustomRole, RoleList, type RoleReplace } from '../wire/roles.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

const PATH = '/v2/roles';

/** Roles of one account's own, made of actions. */
export class CustomRoleClient {
  readonly #client: Client;
  readonly #account: string;

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#account = account;
  }

  /** Every role that a policy can name: platform roles, roles of the service, and the account's own. */
  async allRoles(service?: string): Promise<RoleList> {
    const query = { account_id: this.#account, service_name: service };
    return (await this.#client.send({ method: 'GET', path: PATH, query, answer: RoleList })).body;
  }

  async list(): Promise<CustomRole[]> {
    return (await this.allRoles()).custom_roles;
  }

  async create(role: RoleReplace & { name: string; service_name: string }): Promise<CustomRole> {
    const json = { account_id: this.#account, ...role };
    return (await this.#client.send({ method: 'POST', path: PATH, json, answer: CustomRole })).body;
  }

  /** Changes a role. Refused where another change came in between. */
  async update(id: string, change: (role: CustomRole) => RoleReplace): Promise<CustomRole> {
    const path = `${PATH}/${segment(id)}`;
    const { body: role, etag } = await this.#client.send({ method: 'GET', path, answer: CustomRole });
    const headers = { 'If-Match': etag };
    const json = change(role);
    return (await this.#client.send({ method: 'PUT', path, headers, json, answer: CustomRole })).body;
  }

  async remove(id: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `${PATH}/${segment(id)}` });
  }
}
