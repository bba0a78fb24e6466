import { type Static, Type } from 'typebox';
import type { EntityKind } from './identity-entities.ts';

/** What the client reads of a service ID. Source: IBM IAM Identity Services API, `ServiceId`. */
export const ServiceId = Type.Object({
  id: Type.String(),
  iam_id: Type.String(),
  entity_tag: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  locked: Type.Boolean(),
  created_at: Type.String(),
  account_id: Type.String(),
});
export type ServiceId = Static<typeof ServiceId>;

export const SERVICE_IDS: EntityKind<typeof ServiceId> = {
  path: '/v1/serviceids',
  items: 'serviceids',
  shape: ServiceId,
};
