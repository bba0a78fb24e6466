import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import {
  type FederatedIdentity,
  FederatedIdentityList,
  FederatedIdentityQuery,
} from '../../wire/federated-identities.ts';
import type { JsonApp } from '../json-app.ts';
import { accountOf, actorOf, callerOf } from '../json-request.ts';
import { timestamp } from '../timestamp.ts';
import { EntityId } from './entities.ts';
import type { IdentityParts } from './parts.ts';

const tags = ['iam'];

/** /v1/federated_identities: through which identity providers a person signs in. Linking another one is the console's. */
export const federatedIdentityRoutes = (app: JsonApp, { identity }: IdentityParts): void => {
  const { federatedIdentities, people, users } = identity;

  app.get(
    '/v1/federated_identities',
    {
      schema: {
        summary: 'Through which identity providers a person signs in, and whether that counts now',
        tags,
        querystring: FederatedIdentityQuery,
        response: { 200: FederatedIdentityList },
      },
      config: {
        needs: {
          action: 'user-management.user.get',
          on: (request) => ({
            accountId: accountOf(request),
            owner: (request.query as { iam_id?: string }).iam_id ?? callerOf(request),
          }),
        },
      },
    },
    async (request) => {
      const accountId = accountOf(request);
      const iamId = request.query.iam_id ?? callerOf(request);
      if (!(await users.find(accountId, iamId))) throw new RegistryError('NOT_FOUND');
      const own = await federatedIdentities.ofUser(iamId);
      const { standings } = await federatedIdentities.standings(iamId, accountId, false);
      const wire = (each: (typeof own)[number]): FederatedIdentity => {
        const standing = standings.find(
          ({ issuer, claimsAt }) => issuer === each.issuer && claimsAt === each.claimsAt,
        );
        const fault = standing ? standing.fault : 'it changed meanwhile';
        return {
          id: each.id,
          iam_id: each.iamId,
          issuer: each.issuer,
          subject: each.subject,
          ...(each.email === undefined ? {} : { email: each.email }),
          ...(each.name === undefined ? {} : { name: each.name }),
          state: fault === undefined ? 'ACTIVE' : 'OVER',
          ...(fault === undefined ? {} : { reason: fault }),
          ...(standing?.claimsFault === undefined ? {} : { claims_fault: standing.claimsFault }),
          ...(iamId === callerOf(request) ? { claims: each.claims } : {}),
          claims_at: timestamp(each.claimsAt),
          checked_at: timestamp(each.checkedAt),
          ...(each.failingSince === undefined ? {} : { failing_since: timestamp(each.failingSince) }),
          created_at: timestamp(each.createdAt),
        };
      };
      return { federated_identities: own.map(wire) };
    },
  );

  app.delete(
    '/v1/federated_identities/:id',
    {
      schema: {
        summary: 'Unlink an own identity of a provider: what came from sign-ins there ends',
        tags,
        params: EntityId,
        response: { 204: Type.Null() },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      await people.unlink(request.params.id, request.credential, actorOf(request));
      reply.code(204);
    },
  );
};
