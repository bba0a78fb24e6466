/** What a client shows of a policy, in either form of /v1/policies and /v2/policies. The parts are as they were sent. */
import { type Static, Type } from 'typebox';

const Optional = Type.Optional;

const Attribute = Type.Object({
  name: Optional(Type.String({ description: 'Version 1' })),
  key: Optional(Type.String({ description: 'Version 2' })),
  operator: Optional(Type.String()),
  value: Type.Unknown(),
});

const Attributes = Type.Object({ attributes: Optional(Type.Array(Attribute)) });
const Roles = Type.Array(Type.Object({ role_id: Type.String(), display_name: Optional(Type.String()) }));

export const PolicyContent = Type.Object({
  id: Type.String(),
  type: Type.String(),
  state: Optional(Type.String()),
  description: Optional(Type.String()),
  created_at: Optional(Type.String({ description: 'RFC 3339' })),
  subjects: Optional(Type.Array(Attributes)),
  roles: Optional(Roles),
  resources: Optional(Type.Array(Attributes)),
  subject: Optional(Attributes),
  resource: Optional(Attributes),
  control: Optional(Type.Object({ grant: Optional(Type.Object({ roles: Roles })) })),
});
export type PolicyContent = Static<typeof PolicyContent>;

export const PolicyContentList = Type.Object({
  policies: Type.Array(PolicyContent),
  next: Optional(Type.Object({ href: Optional(Type.String()) })),
});
