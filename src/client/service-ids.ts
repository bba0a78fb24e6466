import { ServiceId, ServiceIdList } from '../wire/service-ids.ts';
import type { Client } from './client.ts';
import { IdentityEntities } from './identity-entities.ts';

/** Service IDs: identities of programs. */
export class ServiceIdClient extends IdentityEntities<typeof ServiceId, typeof ServiceIdList> {
  constructor(client: Client) {
    super(client, {
      path: '/v1/serviceids',
      shape: ServiceId,
      page: ServiceIdList,
      items: ({ serviceids }) => serviceids,
    });
  }
}
