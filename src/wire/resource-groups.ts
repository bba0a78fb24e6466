/** /v2/resource_groups and /v2/quota_definitions. Source: IBM Resource Manager API. */
import { type Static, Type } from 'typebox';

export const ResourceGroup = Type.Object({
  id: Type.String(),
  crn: Type.String(),
  account_id: Type.String(),
  name: Type.String(),
  state: Type.String(),
  default: Type.Boolean(),
  quota_id: Type.String(),
  quota_url: Type.String(),
  resource_linkages: Type.Array(Type.Unknown()),
  created_at: Type.String({ description: 'RFC 3339' }),
  updated_at: Type.String({ description: 'RFC 3339' }),
});
export type ResourceGroup = Static<typeof ResourceGroup>;

export const ResourceGroupList = Type.Object({ resources: Type.Array(ResourceGroup) });

export const ResourceGroupQuery = Type.Object({
  account_id: Type.Optional(Type.String({ maxLength: 100 })),
  name: Type.Optional(Type.String({ maxLength: 100 })),
  default: Type.Optional(Type.Boolean()),
});

export const ResourceGroupCreate = Type.Object({
  name: Type.String({ maxLength: 100 }),
  account_id: Type.String({ maxLength: 100 }),
});

export const ResourceGroupCreated = Type.Object({ id: Type.String(), crn: Type.String() });

export const ResourceGroupChange = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 100 })),
  state: Type.Optional(Type.Literal('ACTIVE')),
});

/** The one there is: no limit on how much a group holds. */
export const QuotaDefinition = Type.Object({
  id: Type.String(),
  name: Type.String(),
  type: Type.String(),
  resource_quotas: Type.Array(Type.Unknown()),
});
export type QuotaDefinition = Static<typeof QuotaDefinition>;

export const QuotaDefinitionList = Type.Object({ resources: Type.Array(QuotaDefinition) });
