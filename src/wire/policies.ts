/**
 * Access policies, /v1/policies and /v2/policies. Source: IBM IAM Policy Management API. What a client sends comes back
 * word for word, so its inner parts are not described as closed shapes; the room that reads them says what is wrong.
 */
import { type Static, type TObject, type TProperties, Type } from 'typebox';

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

const V1 = {
  type: Type.String({ description: 'access' }),
  description: Type.Optional(Type.String({ maxLength: 1000 })),
  subjects: Sent('One element: {"attributes":[{"name":"iam_id" or "access_group_id","value"}]}'),
  resources: Sent('One element: {"attributes":[{"name","operator"?,"value"}],"tags"?:[]}'),
};

const V2 = {
  type: Type.String({ description: 'access' }),
  description: Type.Optional(Type.String({ maxLength: 1000 })),
  subject: Sent('{"attributes":[{"key":"iam_id" or "access_group_id","operator":"stringEquals","value"}]}'),
  resource: Sent('{"attributes":[{"key","operator","value"}],"tags"?:[]}'),
  control: Sent('{"grant":{"roles":[{"role_id":"crn:…"}]}}'),
  rule: Type.Optional(
    Sent('A condition {"key","operator","value"}, or {"operator":"and" or "or","conditions"}'),
  ),
  pattern: Type.Optional(
    Type.String({ description: 'time-based-conditions:once, :weekly:all-day or :weekly:custom-hours' }),
  ),
};

/** Body of POST and PUT /v1/policies. */
export const PolicyV1Body = Type.Object({ ...V1, roles: Sent('[{"role_id":"crn:…"}]') });

/** Body of POST and PUT /v2/policies. */
export const PolicyV2Body = Type.Object({ ...V2, state: Type.Optional(Type.Literal('active')) });

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
