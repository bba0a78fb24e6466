import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import { entityIdOf, type IdentityTrust, iamIdOfServiceId, type ProfileTrust } from '../../identity/room.ts';
import { IdentitiesSet, IdentityList, IdentityRequest, TrustedIdentity } from '../../wire/profiles.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf, ifMatchOf } from '../json-request.ts';
import type { IdentityParts } from './parts.ts';
import { trusting } from './profile-trusts.ts';
import { onProfile, ProfileId } from './profiles.ts';

const TAGS = ['iam'];
const TypeOnly = Type.Object({ id: Type.String({ maxLength: 100 }), type: Type.String({ maxLength: 20 }) });
const OneIdentity = Type.Object({ ...TypeOnly.properties, identifier: Type.String({ maxLength: 200 }) });

/** /v1/profiles/{id}/identities: users and service IDs a profile trusts by name. */
export const trustedIdentityRoutes = (app: JsonApp, parts: IdentityParts): void => {
  const { profiles } = parts.identity;
  const reading = onProfile(parts.identity, 'iam-identity.profile.get');

  app.get(
    '/v1/profiles/:id/identities',
    {
      schema: {
        summary: 'The identities a profile trusts by name',
        tags: TAGS,
        params: ProfileId,
        response: { 200: IdentityList },
      },
      config: { needs: reading },
    },
    async ({ params }, reply) => {
      const { tag, trusts } = await profiles.identities(params.id);
      reply.header('ETag', tag);
      return { entity_tag: tag, identities: trusts.map(wireIdentity) };
    },
  );

  app.put(
    '/v1/profiles/:id/identities',
    {
      schema: {
        summary: 'Replace the identities a profile trusts by name (If-Match)',
        tags: TAGS,
        params: ProfileId,
        body: IdentitiesSet,
        response: { 200: IdentityList },
      },
      config: { needs: trusting(parts) },
    },
    async (request, reply) => {
      const identities = (request.body.identities ?? []).map(identityOf);
      const { tag, trusts } = await profiles.setIdentities(
        request.params.id,
        ifMatchOf(request),
        identities,
        actorOf(request),
      );
      reply.header('ETag', tag);
      return { entity_tag: tag, identities: trusts.map(wireIdentity) };
    },
  );

  app.post(
    '/v1/profiles/:id/identities/:type',
    {
      schema: {
        summary: 'Trust an identity',
        tags: TAGS,
        params: TypeOnly,
        body: IdentityRequest,
        response: { 200: TrustedIdentity },
      },
      config: { needs: trusting(parts) },
    },
    async (request) => {
      const { id, type } = request.params;
      if (request.body.type !== type)
        throw new RegistryError('BAD_REQUEST', {
          message: `type in the body must be the one of the address, ${type}`,
        });
      return wireIdentity(await profiles.trust(id, identityOf(request.body), actorOf(request)));
    },
  );

  app.get(
    '/v1/profiles/:id/identities/:type/:identifier',
    {
      schema: {
        summary: 'An identity a profile trusts',
        tags: TAGS,
        params: OneIdentity,
        response: { 200: TrustedIdentity },
      },
      config: { needs: reading },
    },
    async ({ params }) => wireIdentity(await profiles.trustIn(params.id, identityOf(params))),
  );

  app.delete(
    '/v1/profiles/:id/identities/:type/:identifier',
    {
      schema: {
        summary: 'Trust an identity no more; its tokens of the profile end',
        tags: TAGS,
        params: OneIdentity,
        response: { 204: Type.Null() },
      },
      config: { needs: onProfile(parts.identity, 'iam-identity.profile.distrust') },
    },
    async (request, reply) => {
      const trust = await profiles.trustIn(request.params.id, identityOf(request.params));
      await profiles.distrust(request.params.id, trust.id, actorOf(request));
      reply.code(204);
    },
  );
};

const identityOf = (given: {
  type: string;
  identifier: string;
  accounts?: string[];
  description?: string;
}): IdentityTrust => {
  const { type, identifier, accounts, description } = given;
  if (type !== 'user' && type !== 'serviceid')
    throw new RegistryError('BAD_REQUEST', {
      message: 'type must be user or serviceid: no service has an identity of its own here',
    });
  return {
    kind: 'identity',
    type: type === 'serviceid' ? 'service-id' : 'user',
    iamId: type === 'serviceid' ? iamIdOfServiceId(entityIdOf(identifier)) : identifier,
    accounts: type === 'user' ? accounts : undefined,
    description,
  };
};

const wireIdentity = ({ terms }: ProfileTrust<IdentityTrust>): TrustedIdentity => {
  const { type, iamId, accounts, description } = terms;
  return {
    iam_id: iamId,
    type: type === 'service-id' ? 'serviceid' : 'user',
    identifier: type === 'service-id' ? entityIdOf(iamId) : iamId,
    ...(accounts === undefined ? {} : { accounts: [...accounts] }),
    ...(description === undefined ? {} : { description }),
  };
};
