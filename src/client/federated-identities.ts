import { type FederatedIdentity, FederatedIdentityList } from '../wire/federated-identities.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

const PATH = '/v1/federated_identities';

/** Through which identity providers the person whom the client is logged in as signs in. */
export const ownIdentities = async (client: Client): Promise<FederatedIdentity[]> =>
  (await client.send({ method: 'GET', path: PATH, answer: FederatedIdentityList })).body.federated_identities;

/** Unlinks one of them: what came from sign-ins there ends. Throws NOT_FOUND. */
export const unlinkIdentity = async (client: Client, id: string): Promise<void> => {
  await client.send({ method: 'DELETE', path: `${PATH}/${segment(id)}` });
};
