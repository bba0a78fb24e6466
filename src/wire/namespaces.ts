/**
 * Namespaces of /api/v1. Source: IBM Container Registry API, `Namespaces`.
 * Names are plain strings here: the rule for them has its own error (NAMESPACE_INVALID) that says what is allowed.
 */
import { type Static, Type } from 'typebox';

/** GET /api/v1/namespaces: names only, sorted. */
export const NamespaceList = Type.Array(Type.String());
export type NamespaceList = Static<typeof NamespaceList>;

/** Answer of PUT (201 new, 200 there already) and PATCH. */
export const NamespaceResult = Type.Object({ namespace: Type.String() });
export type NamespaceResult = Static<typeof NamespaceResult>;

/** Body of PUT /api/v1/accounts/{id}/namespaces/{name}/resource_group. */
export const NamespaceAssignment = Type.Object({
  resource_group_id: Type.String({
    maxLength: 100,
    description: "Id of a resource group of the account; the default group has the account's id",
  }),
});
export type NamespaceAssignment = Static<typeof NamespaceAssignment>;

export const NamespaceDetails = Type.Object({
  account: Type.String({ description: 'Id of the account that owns it' }),
  created_date: Type.String({ description: 'RFC 3339' }),
  crn: Type.String(),
  name: Type.String(),
  resource_created_date: Type.Optional(
    Type.String({ description: 'When it joined its resource group, RFC 3339' }),
  ),
  resource_group: Type.Optional(Type.String({ description: 'Id of its resource group' })),
  updated_date: Type.String({ description: 'RFC 3339' }),
});
export type NamespaceDetails = Static<typeof NamespaceDetails>;

/** GET /api/v1/namespaces/details. */
export const NamespaceDetailsList = Type.Array(NamespaceDetails);
export type NamespaceDetailsList = Static<typeof NamespaceDetailsList>;
