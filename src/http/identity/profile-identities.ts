import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import { entityIdOf } from '../../identity/iam-ids.ts';
import { type IdentityTrust, iamIdOfTrusted } from '../../identity/profiles/profile-trust.ts';
import type { ProfileTrust } from '../../identity/profiles/profiles.ts';
import { IdentitiesSet, IdentityList, IdentityRequest, TrustedIdentity } from '../../wire/profiles.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf, ifMatchOf } from '../json-request.ts';
import { trusting } from './profile-trusts.ts';
import { onProfile, ProfileId, type ProfileParts } from './profiles.ts';

const TAGS = ['iam'];
const TypeOnly = Type.Object({ id: Type.String({ maxLength: 100 }), type: Type.String({ maxLength: 20 }) });
const OneIdentity = Type.Object({ ...TypeOnly.properties, identifier: Type.String({ maxLength: 200 }) });

/** /v1/profiles/{id}/identities: users and service IDs a profile trusts by name (facts 3.3). */
export const trustedIdentityRoutes = (app: JsonApp, parts: ProfileParts): void => {
  const { profiles } = parts;
  const reading = onProfile(profiles, 'iam-identity.profile.get');

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
      const { tag, rows } = await profiles.identities(params.id);
      reply.header('ETag', tag);
      return { entity_tag: tag, identities: rows.map(wireIdentity) };
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
      const { tag, rows } = await profiles.setIdentities(
        request.params.id,
        ifMatchOf(request),
        identities,
        actorOf(request),
      );
      reply.header('ETag', tag);
      return { entity_tag: tag, identities: rows.map(wireIdentity) };
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
      return wireIdentity(await profiles.addIdentity(id, identityOf(request.body), actorOf(request)));
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
      config: { needs: onProfile(profiles, 'iam-identity.profile.distrust') },
    },
    async (request, reply) => {
      const row = await profiles.trustIn(request.params.id, identityOf(request.params));
      await profiles.distrust(request.params.id, row.id, actorOf(request));
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
    type,
    identifier: type === 'serviceid' ? entityIdOf(identifier) : identifier,
    ...(accounts === undefined || type !== 'user' ? {} : { accounts }),
    ...(description === undefined ? {} : { description }),
  };
};

const wireIdentity = (row: ProfileTrust): TrustedIdentity => {
  const { accounts, ...trust } = JSON.parse(row.document) as IdentityTrust;
  return {
    iam_id: iamIdOfTrusted(trust),
    ...trust,
    ...(accounts === undefined ? {} : { accounts: [...accounts] }),
  };
};
