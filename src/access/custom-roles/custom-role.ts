import type { CustomRoleRow } from '../../database/iam-schema.ts';
import { presentNames } from '../actions/earlier-names.ts';

/** What a role is, without its name. */
export interface RoleContent {
  readonly displayName: string;
  readonly description: string;
  readonly actions: readonly string[];
}

/** A custom role: some of a service's actions under a name that policies can give. Times in milliseconds since 1970. */
export interface CustomRole extends RoleContent {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly serviceName: string;
  readonly entityTag: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly modifiedAt: number;
  readonly modifiedBy: string;
}

export const customRoleOf = (row: CustomRoleRow): CustomRole => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  displayName: row.display_name,
  description: row.description,
  serviceName: row.service_name,
  actions: presentNames(JSON.parse(row.actions)),
  entityTag: row.entity_tag,
  createdAt: row.created_at,
  createdBy: row.created_by,
  modifiedAt: row.modified_at,
  modifiedBy: row.modified_by,
});
