import type { NamespaceRow } from '../../database/schema.ts';

/** A namespace: it belongs to one account in one region, and a recreated one has another id. */
export interface Namespace {
  readonly id: string;
  readonly regionId: string;
  readonly accountId: string;
  readonly name: string;
  /** Its resource group; the id of an account's default group is the account's. */
  readonly resourceGroupId: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly createdBy: string;
  readonly updatedAt: number;
}

export const namespaceOf = (row: NamespaceRow): Namespace => ({
  id: row.id,
  regionId: row.region_id,
  accountId: row.account_id,
  name: row.name,
  resourceGroupId: row.resource_group_id ?? row.account_id,
  createdAt: row.created_at,
  createdBy: row.created_by,
  updatedAt: row.updated_at,
});
