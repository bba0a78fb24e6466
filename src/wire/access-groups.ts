/** Access groups, /v2/groups. Source: IBM IAM Access Groups API. */
import { type Static, Type } from 'typebox';

const Optional = Type.Optional;
const Name = Type.String({ minLength: 1, maxLength: 100 });
const Description = Type.String({ maxLength: 250 });
const Link = Type.Object({ href: Type.String() });

export const AccessGroup = Type.Object({
  id: Type.String({ description: 'AccessGroupId-<uuid>' }),
  name: Type.String(),
  description: Type.String(),
  account_id: Type.String(),
  created_at: Type.String({ description: 'RFC 3339' }),
  created_by_id: Type.String(),
  last_modified_at: Type.String({ description: 'RFC 3339' }),
  last_modified_by_id: Type.String(),
  href: Type.String(),
  is_federated: Type.Boolean({ description: 'Whether it has rules' }),
  crn: Type.String(),
});
export type AccessGroup = Static<typeof AccessGroup>;

export const AccessGroupCreate = Type.Object({ name: Name, description: Optional(Description) });
export const AccessGroupChange = Type.Object({ name: Optional(Name), description: Optional(Description) });

const Page = {
  limit: Type.Integer(),
  offset: Type.Integer(),
  total_count: Type.Integer(),
  first: Optional(Link),
  previous: Optional(Link),
  next: Optional(Link),
  last: Optional(Link),
};

export const AccessGroupList = Type.Object({ ...Page, groups: Type.Array(AccessGroup) });
export type AccessGroupList = Static<typeof AccessGroupList>;

export const AccountQuery = Type.Object({
  account_id: Optional(Type.String({ maxLength: 100, description: 'Required' })),
});

const MembershipType = Type.Union([Type.Literal('static'), Type.Literal('dynamic'), Type.Literal('all')], {
  description: 'static, the default: added by someone; dynamic: by a rule now',
});

export const AccessGroupQuery = Type.Object({
  ...AccountQuery.properties,
  iam_id: Optional(Type.String({ maxLength: 200 })),
  membership_type: Optional(MembershipType),
  search: Optional(Type.String({ maxLength: 100, description: 'In the name or description' })),
  sort: Optional(Type.String({ maxLength: 100, description: 'A field, with - before it: descending' })),
  limit: Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  offset: Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  hide_public_access: Optional(Type.Boolean()),
});

const MemberType = Type.Union([Type.Literal('user'), Type.Literal('service'), Type.Literal('profile')]);

export const GroupMember = Type.Object({
  iam_id: Type.String(),
  type: MemberType,
  membership_type: Type.String({
    description: 'static: added by someone; dynamic: by a rule, as long as it holds',
  }),
  name: Optional(Type.String()),
  email: Optional(Type.String()),
  created_at: Optional(Type.String()),
  created_by_id: Optional(Type.String()),
  rule_id: Optional(Type.String({ description: 'Dynamic: the rule' })),
  until: Optional(Type.String({ description: 'Dynamic: RFC 3339, if nothing changes before' })),
  href: Type.String(),
});
export type GroupMember = Static<typeof GroupMember>;

export const GroupMemberList = Type.Object({ ...Page, members: Type.Array(GroupMember) });
export type GroupMemberList = Static<typeof GroupMemberList>;

export const GroupMemberQuery = Type.Object({
  limit: Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  offset: Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  type: Optional(MemberType),
  membership_type: Optional(MembershipType),
  verbose: Optional(Type.Boolean({ description: 'With names' })),
});

const Outcome = {
  status_code: Type.Integer(),
  trace: Type.String(),
  errors: Optional(Type.Array(Type.Object({ code: Type.String(), message: Type.String() }))),
};
export type Outcome = Static<ReturnType<typeof Type.Object<typeof Outcome>>>;

/** Body of PUT …/members. */
export const MembersAdd = Type.Object({
  members: Type.Array(Type.Object({ iam_id: Type.String({ maxLength: 200 }), type: Optional(MemberType) }), {
    minItems: 1,
    maxItems: 50,
  }),
});

/** Answers of 207: how it went with each. */
export const MembersAdded = Type.Object({
  members: Type.Array(
    Type.Object({
      iam_id: Type.String(),
      type: Optional(MemberType),
      created_at: Optional(Type.String()),
      created_by_id: Optional(Type.String()),
      ...Outcome,
    }),
  ),
});

export const MembersRemove = Type.Object({
  members: Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 50 }),
});

export const MembersRemoved = Type.Object({
  access_group_id: Type.String(),
  members: Type.Array(Type.Object({ iam_id: Type.String(), ...Outcome })),
});

export const GroupsJoin = Type.Object({
  type: Optional(MemberType),
  groups: Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 50 }),
});

export const GroupsJoined = Type.Object({
  iam_id: Type.String(),
  groups: Type.Array(Type.Object({ access_group_id: Type.String(), ...Outcome })),
});

const RuleContent = {
  name: Optional(Type.String({ maxLength: 100 })),
  expiration: Type.Integer({ minimum: 1, maximum: 24, description: 'Hours' }),
  realm_name: Type.String({ maxLength: 1000 }),
  conditions: Type.Array(
    Type.Object({
      claim: Type.String({ maxLength: 200 }),
      operator: Type.String({ maxLength: 50 }),
      value: Type.String({ maxLength: 1000 }),
    }),
    { maxItems: 50 },
  ),
};

export const GroupRuleBody = Type.Object(RuleContent);
export type GroupRuleBody = Static<typeof GroupRuleBody>;

export const GroupRule = Type.Object({
  ...RuleContent,
  id: Type.String({ description: 'ClaimRule-<uuid>' }),
  access_group_id: Type.String(),
  account_id: Type.String(),
  created_at: Type.String(),
  created_by_id: Type.String(),
  last_modified_at: Type.String(),
  last_modified_by_id: Type.String(),
});
export type GroupRule = Static<typeof GroupRule>;

export const GroupRuleList = Type.Object({ rules: Type.Array(GroupRule) });

export const GroupSettings = Type.Object({
  account_id: Type.String(),
  last_modified_at: Optional(Type.String()),
  last_modified_by_id: Optional(Type.String()),
  public_access_enabled: Type.Boolean(),
});
export type GroupSettings = Static<typeof GroupSettings>;

export const GroupSettingsChange = Type.Object({ public_access_enabled: Optional(Type.Boolean()) });
