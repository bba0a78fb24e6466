import { type Static, Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { LinkTrust, ProfileTrust } from '../../identity/room.ts';
import { Link, LinkCreate, LinkList } from '../../wire/profiles.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import type { IdentityParts } from './parts.ts';
import { TrustId, trusting, versionOf } from './profile-trusts.ts';
import { onProfile, ProfileId } from './profiles.ts';

const TAGS = ['iam'];

const LinkQuery = Type.Object({
  type: Type.String({ maxLength: 100 }),
  crn: Type.Optional(Type.String({ maxLength: 500 })),
  namespace: Type.Optional(Type.String({ maxLength: 1000 })),
  name: Type.Optional(Type.String({ maxLength: 1000 })),
});

/** /v1/profiles/{id}/links: compute resources that may become a profile. */
export const linkRoutes = (app: JsonApp, parts: IdentityParts): void => {
  const { profiles } = parts.identity;
  const reading = onProfile(parts.identity, 'iam-identity.profile.get');
  const ending = onProfile(parts.identity, 'iam-identity.profile.distrust');

  app.post(
    '/v1/profiles/:id/links',
    {
      schema: {
        summary: 'Trust one service account of one cluster',
        tags: TAGS,
        params: ProfileId,
        body: LinkCreate,
        response: { 201: Link },
      },
      config: { needs: trusting(parts) },
    },
    async (request, reply) => {
      const link = await profiles.trust(request.params.id, linkOf(request.body), actorOf(request));
      reply.code(201).header('ETag', link.entityTag);
      return wireLink(link);
    },
  );

  app.get(
    '/v1/profiles/:id/links',
    {
      schema: { summary: "A profile's links", tags: TAGS, params: ProfileId, response: { 200: LinkList } },
      config: { needs: reading },
    },
    async ({ params }) => ({ links: (await profiles.links(params.id)).map(wireLink) }),
  );

  app.get(
    '/v1/profiles/:id/links/:trust',
    {
      schema: { summary: 'A link', tags: TAGS, params: TrustId, response: { 200: Link } },
      config: { needs: reading },
    },
    async ({ params }, reply) => {
      const link = await profiles.link(params.id, params.trust);
      reply.header('ETag', link.entityTag);
      return wireLink(link);
    },
  );

  app.delete(
    '/v1/profiles/:id/links/:trust',
    {
      schema: {
        summary: 'Delete a link; tokens that came by it end',
        tags: TAGS,
        params: TrustId,
        response: { 204: Type.Null() },
      },
      config: { needs: ending },
    },
    async (request, reply) => {
      const { id, trust } = request.params;
      await profiles.link(id, trust);
      await profiles.distrust(id, trust, actorOf(request));
      reply.code(204);
    },
  );

  app.delete(
    '/v1/profiles/:id/links',
    {
      schema: {
        summary: 'Delete the link to a compute resource',
        tags: TAGS,
        params: ProfileId,
        querystring: LinkQuery,
        response: { 204: Type.Null() },
      },
      config: { needs: ending },
    },
    async (request, reply) => {
      const { type, crn, namespace, name } = request.query;
      const found = (await profiles.links(request.params.id)).find(
        ({ terms }) =>
          terms.crType === type &&
          terms.crn === crn &&
          terms.namespace === namespace &&
          terms.serviceAccount === name,
      );
      if (!found) throw new RegistryError('NOT_FOUND');
      await profiles.distrust(request.params.id, found.id, actorOf(request));
      reply.code(204);
    },
  );
};

const linkOf = ({ cr_type, link, name }: Static<typeof LinkCreate>): LinkTrust => {
  const { crn, namespace, name: serviceAccount } = link;
  if (!namespace || !serviceAccount)
    throw new RegistryError('FIELD_MISSING', {
      message: 'A link names one service account: crn, namespace and name are needed.',
    });
  return { kind: 'link', crType: cr_type, crn, namespace, serviceAccount, name };
};

const wireLink = (trust: ProfileTrust<LinkTrust>): Link => {
  const { crType, crn, namespace, serviceAccount, name } = trust.terms;
  return {
    ...versionOf(trust),
    cr_type: crType,
    link: { crn, namespace, name: serviceAccount },
    ...(name === undefined ? {} : { name }),
  };
};
