import type { ServiceIdRow } from '../../database/iam-schema.ts';

/** An identity of a program, which has only what policies give it. */
export interface ServiceId {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly description: string;
  readonly uniqueInstanceCrns: readonly string[];
  readonly entityTag: string;
  readonly locked: boolean;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly modifiedAt: number;
}

export const serviceIdOfRow = (row: ServiceIdRow): ServiceId => ({
  id: row.id,
  accountId: row.account_id,
  name: row.name,
  description: row.description,
  uniqueInstanceCrns: JSON.parse(row.unique_instance_crns) as string[],
  entityTag: row.entity_tag,
  locked: row.locked === 1,
  createdAt: row.created_at,
  createdBy: row.created_by,
  modifiedAt: row.modified_at,
});

/** The row of a service ID that is to be. */
export const rowOfServiceId = (serviceId: ServiceId): ServiceIdRow => ({
  id: serviceId.id,
  account_id: serviceId.accountId,
  name: serviceId.name,
  description: serviceId.description,
  unique_instance_crns: JSON.stringify(serviceId.uniqueInstanceCrns),
  entity_tag: serviceId.entityTag,
  locked: Number(serviceId.locked),
  created_at: serviceId.createdAt,
  created_by: serviceId.createdBy,
  modified_at: serviceId.modifiedAt,
});

/** What of a service ID can be changed. */
export interface ServiceIdChanges {
  readonly name?: string;
  readonly description?: string;
  readonly uniqueInstanceCrns?: readonly string[];
}

/** The same as columns. A column that stays is not among them. */
export const columnsOf = (changes: ServiceIdChanges): Partial<ServiceIdRow> => ({
  ...(changes.name === undefined ? {} : { name: changes.name }),
  ...(changes.description === undefined ? {} : { description: changes.description }),
  ...(changes.uniqueInstanceCrns === undefined
    ? {}
    : { unique_instance_crns: JSON.stringify(changes.uniqueInstanceCrns) }),
});
