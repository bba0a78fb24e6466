/**
 * Access policies, /v1/policies and /v2/policies. Source: IBM IAM Policy Management API. What a client sends comes back
 * word for word: bodies are bounded in all their parts, and the room that reads them says what it does not understand.
 */
import { type Static, type TObject, type TProperties, type TSchema, Type } from 'typebox';

/** The largest body, in bytes: a policy of 16 KB with what it is read with. */
export const POLICY_BODY_BYTES = 32 << 10;

const text = (maxLength: number, description?: string) =>
  Type.String({ maxLength, ...(description === undefined ? {} : { description }) });
const list = <Item extends TSchema>(item: Item, maxItems: number) => Type.Array(item, { maxItems });
const optional = Type.Optional;

const Value = Type.Union([text(1000), Type.Boolean()]);
const NamedAttribute = Type.Object({ name: text(100), operator: optional(text(50)), value: Value });
const KeyedAttribute = Type.Object({ key: text(100), operator: optional(text(50)), value: Value });

const partOf = <Attribute extends TSchema, Tag extends TSchema>(attribute: Attribute, tag: Tag) =>
  Type.Object({ attributes: list(attribute, 20), tags: optional(list(tag, 20)) });

const Roles = list(
  Type.Object({
    role_id: text(500, 'A CRN'),
    display_name: optional(text(100)),
    description: optional(text(1000)),
  }),
  50,
);

/** A condition, or two levels of them. */
const Condition = {
  key: optional(text(100)),
  operator: optional(text(50)),
  value: optional(Type.Union([text(100), list(text(20), 7)])),
};
const within = <Inner extends TSchema>(inner: Inner) => ({
  ...Condition,
  conditions: optional(list(inner, 10)),
});
const Rule = Type.Object(within(Type.Object(within(Type.Object(Condition)))));

/** What a policy carries when it is read; sent back with a change, it says nothing. */
const ReadOnly = {
  id: optional(text(100)),
  href: optional(text(1000)),
  created_at: optional(text(100)),
  created_by_id: optional(text(200)),
  last_modified_at: optional(text(100)),
  last_modified_by_id: optional(text(200)),
  state: optional(text(20)),
};

/** Body of POST and PUT /v1/policies. */
export const PolicyV1Body = Type.Object({
  ...ReadOnly,
  type: text(20, 'access'),
  description: optional(text(1000)),
  subjects: list(partOf(NamedAttribute, NamedAttribute), 10),
  roles: Roles,
  resources: list(partOf(NamedAttribute, NamedAttribute), 10),
});

/** Body of POST and PUT /v2/policies. */
export const PolicyV2Body = Type.Object({
  ...ReadOnly,
  state: optional(Type.Literal('active')),
  type: text(20, 'access'),
  description: optional(text(1000)),
  subject: partOf(KeyedAttribute, KeyedAttribute),
  resource: partOf(KeyedAttribute, KeyedAttribute),
  control: Type.Object({ grant: Type.Object({ roles: Roles }) }),
  rule: optional(Rule),
  pattern: optional(text(100, 'time-based-conditions:once, :weekly:all-day or :weekly:custom-hours')),
});

const Sent = (description: string) => Type.Unknown({ description });

const Written = {
  id: Type.Optional(Type.String()),
  href: Type.Optional(Type.String()),
  created_at: Type.Optional(Type.String({ description: 'RFC 3339' })),
  created_by_id: Type.Optional(Type.String({ description: 'iam_id' })),
  last_modified_at: Type.Optional(Type.String({ description: 'RFC 3339' })),
  last_modified_by_id: Type.Optional(Type.String({ description: 'iam_id' })),
  state: Type.Optional(Type.String({ description: 'active or deleted' })),
};

/** What answers repeat: also of policies that were stored before there were bounds. */
const V1 = {
  type: Type.String({ description: 'access' }),
  description: Type.Optional(Type.String()),
  subjects: Sent('One element: {"attributes":[{"name":"iam_id" or "access_group_id","value"}],"tags"?:[]}'),
  resources: Sent('One element: {"attributes":[{"name","operator"?,"value"}],"tags"?:[]}'),
};

const V2 = {
  type: Type.String({ description: 'access' }),
  description: Type.Optional(Type.String()),
  subject: Sent('{"attributes":[{"key":"iam_id" or "access_group_id","operator":"stringEquals","value"}]}'),
  resource: Sent('{"attributes":[{"key","operator","value"}],"tags"?:[]}'),
  control: Sent('{"grant":{"roles":[{"role_id":"crn:…"}]}}'),
  rule: Type.Optional(
    Sent('A condition {"key","operator","value"}, or {"operator":"and" or "or","conditions"}'),
  ),
  pattern: Type.Optional(Type.String()),
};

export const PolicyV1 = Type.Object({
  ...Written,
  ...V1,
  roles: Type.Array(
    Type.Object({ role_id: Type.String(), display_name: Type.String(), description: Type.String() }),
  ),
});
export type PolicyV1 = Static<typeof PolicyV1>;

export const PolicyV2 = Type.Object({ ...Written, ...V2 });
export type PolicyV2 = Static<typeof PolicyV2>;

/** Answer of GET /api/v1/oversized-policies, ours, for the operator. */
export const OversizedPolicies = Type.Object({
  policies: Type.Array(
    Type.Object({
      id: Type.String(),
      account_id: Type.String(),
      subject: Type.String({ description: 'An iam_id or the id of an access group' }),
      state: Type.String({ description: 'active or deleted' }),
      bytes: Type.Integer({ description: 'Decisions read at most 16384' }),
    }),
  ),
  next: Type.Optional(Type.Object({ href: Type.String(), start: Type.String() })),
});

const Link = Type.Object({ href: Type.String(), start: Type.Optional(Type.String()) });

const listOf = <Properties extends TProperties>(policy: TObject<Properties>) =>
  Type.Object({
    limit: Type.Optional(Type.Integer()),
    first: Type.Optional(Link),
    next: Type.Optional(Link),
    policies: Type.Array(policy),
  });

/** One page; everything where no `limit` is asked for. `next` is absent on the last page. */
export const PolicyV1List = listOf(PolicyV1);
export type PolicyV1List = Static<typeof PolicyV1List>;
export const PolicyV2List = listOf(PolicyV2);
export type PolicyV2List = Static<typeof PolicyV2List>;

export const PolicyQuery = Type.Object({
  account_id: Type.Optional(Type.String({ maxLength: 100, description: 'Required' })),
  iam_id: Type.Optional(Type.String({ maxLength: 200 })),
  access_group_id: Type.Optional(Type.String({ maxLength: 200 })),
  type: Type.Optional(Type.Union([Type.Literal('access'), Type.Literal('authorization')])),
  service_type: Type.Optional(Type.String({ maxLength: 100 })),
  service_name: Type.Optional(Type.String({ maxLength: 100 })),
  sort: Type.Optional(Type.String({ maxLength: 100, description: 'A field, with - before it: descending' })),
  format: Type.Optional(Type.Union([Type.Literal('include_last_permit'), Type.Literal('display')])),
  state: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('deleted')])),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  start: Type.Optional(Type.String({ maxLength: 1000 })),
});
export type PolicyQuery = Static<typeof PolicyQuery>;
