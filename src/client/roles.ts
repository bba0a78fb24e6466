import { type Static, Type } from 'typebox';
import type { Client } from './client.ts';
import { segment } from './path.ts';

const RoleFields = {
  display_name: Type.String(),
  description: Type.Optional(Type.String()),
  actions: Type.Array(Type.String()),
  crn: Type.String(),
};

export const Role = Type.Object(RoleFields);
export type Role = Static<typeof Role>;

/** A role of the account's own. */
export const CustomRole = Type.Object({
  ...RoleFields,
  id: Type.String(),
  name: Type.String(),
  service_name: Type.String(),
});
export type CustomRole = Static<typeof CustomRole>;

/** GET /v2/roles. Source: IBM IAM Policy Management API, `RoleCollection`. */
export const RoleList = Type.Object({
  custom_roles: Type.Optional(Type.Array(CustomRole)),
  service_roles: Type.Optional(Type.Array(Role)),
  system_roles: Type.Optional(Type.Array(Role)),
});
export type RoleList = Static<typeof RoleList>;

/** Roles as policies name them. */
export class RoleClient {
  readonly #client: Client;
  readonly #account: string;

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#account = account;
  }

  async list(service?: string): Promise<RoleList> {
    const query = { account_id: this.#account, service_name: service };
    const { body } = await this.#client.send({ method: 'GET', path: '/v2/roles', query, answer: RoleList });
    return body;
  }

  async create(role: object): Promise<CustomRole> {
    const json = { account_id: this.#account, ...role };
    const { body } = await this.#client.send({ method: 'POST', path: '/v2/roles', json, answer: CustomRole });
    return body;
  }

  /** Changes a custom role, unless somebody else was faster. */
  async update(id: string, change: (role: CustomRole) => object): Promise<CustomRole> {
    const path = `/v2/roles/${segment(id)}`;
    const { body: role, etag } = await this.#client.send({ method: 'GET', path, answer: CustomRole });
    const headers = { 'If-Match': etag };
    const json = change(role);
    const { body } = await this.#client.send({ method: 'PUT', path, headers, json, answer: CustomRole });
    return body;
  }

  async remove(id: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `/v2/roles/${segment(id)}` });
  }
}
