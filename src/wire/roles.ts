/** Roles, /v2/roles. Source: IBM IAM Policy Management API, `Roles`. */
import { type Static, Type } from 'typebox';

const Content = {
  display_name: Type.String({ minLength: 1, maxLength: 50 }),
  description: Type.Optional(Type.String({ maxLength: 250 })),
  actions: Type.Array(Type.String({ maxLength: 100 }), { maxItems: 200 }),
};

/** A role that every account has. */
export const Role = Type.Object({ ...Content, crn: Type.String() });
export type Role = Static<typeof Role>;

/** A role of the account's own. */
export const CustomRole = Type.Object({
  ...Content,
  id: Type.String(),
  crn: Type.String(),
  name: Type.String(),
  account_id: Type.String(),
  service_name: Type.String(),
  created_at: Type.String({ description: 'RFC 3339' }),
  created_by_id: Type.String(),
  last_modified_at: Type.String({ description: 'RFC 3339' }),
  last_modified_by_id: Type.String(),
  href: Type.String(),
});
export type CustomRole = Static<typeof CustomRole>;

export const RoleList = Type.Object({
  custom_roles: Type.Array(CustomRole),
  service_roles: Type.Array(Role),
  system_roles: Type.Array(Role),
});
export type RoleList = Static<typeof RoleList>;

/** Body of POST. */
export const RoleCreate = Type.Object({
  ...Content,
  name: Type.String({ maxLength: 100 }),
  account_id: Type.String({ maxLength: 100 }),
  service_name: Type.String({ maxLength: 100 }),
});
export type RoleCreate = Static<typeof RoleCreate>;

/** Body of PUT. */
export const RoleReplace = Type.Object(Content);
export type RoleReplace = Static<typeof RoleReplace>;
