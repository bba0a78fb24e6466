/** Service IDs of IAM, /v1/serviceids. Source: IBM IAM Identity Services API, `Service ID Operations`. */
import { type Static, Type } from 'typebox';
import { API_KEY_FIELDS, ApiKey } from './api-keys.ts';
import {
  AccountId,
  EntityDescription,
  EntityName,
  History,
  IamDate,
  PAGE,
  PAGE_QUERY,
  ResponseContext,
} from './iam-entities.ts';

const InstanceCrns = Type.Array(Type.String({ maxLength: 1000 }), { maxItems: 100 });

export const ServiceId = Type.Object({
  context: Type.Optional(ResponseContext),
  id: Type.String({ description: 'ServiceId-<uuid>' }),
  iam_id: Type.String({ description: 'What policies and keys name it by' }),
  entity_tag: Type.String({ description: 'Version, for If-Match' }),
  crn: Type.String(),
  locked: Type.Boolean(),
  created_at: IamDate,
  modified_at: IamDate,
  account_id: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  unique_instance_crns: Type.Optional(Type.Array(Type.String())),
  history: Type.Optional(History),
  apikey: Type.Optional(ApiKey),
  activity: Type.Optional(Type.Object({ last_authn: Type.Optional(IamDate), authn_count: Type.Integer() })),
});
export type ServiceId = Static<typeof ServiceId>;

export const ServiceIdCreate = Type.Object({
  account_id: AccountId,
  name: EntityName,
  description: Type.Optional(EntityDescription),
  unique_instance_crns: Type.Optional(InstanceCrns),
  apikey: Type.Optional(Type.Object(API_KEY_FIELDS, { description: 'A key to be made with it' })),
});
export type ServiceIdCreate = Static<typeof ServiceIdCreate>;

/** What is left out stays as it is. */
export const ServiceIdUpdate = Type.Object({
  name: Type.Optional(EntityName),
  description: Type.Optional(EntityDescription),
  unique_instance_crns: Type.Optional(InstanceCrns),
});
export type ServiceIdUpdate = Static<typeof ServiceIdUpdate>;

export const ServiceIdQuery = Type.Object({
  account_id: Type.Optional(AccountId),
  name: Type.Optional(Type.String({ maxLength: 256 })),
  ...PAGE_QUERY,
});

export const ServiceIdList = Type.Object({ ...PAGE, serviceids: Type.Array(ServiceId) });
export type ServiceIdList = Static<typeof ServiceIdList>;
