import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import type { LinkTrust } from '../../identity/profiles/profile-trust.ts';
import type { ProfileTrust } from '../../identity/profiles/profiles.ts';
import { Link, LinkCreate, LinkList } from '../../wire/profiles.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf } from '../json-request.ts';
import { TrustId, trusting, versionOf } from './profile-trusts.ts';
import { onProfile, ProfileId, type ProfileParts } from './profiles.ts';

const TAGS = ['iam'];

const LinkQuery = Type.Object({
  type: Type.String(),
  crn: Type.Optional(Type.String()),
  namespace: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
});

/** /v1/profiles/{id}/links: compute resources that may become a profile (facts 3.3). */
export const linkRoutes = (app: JsonApp, parts: ProfileParts): void => {
  const { profiles } = parts;
  const reading = onProfile(profiles, 'iam-identity.profile.get');
  const ending = onProfile(profiles, 'iam-identity.profile.distrust');

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
      const row = await profiles.addLink(request.params.id, linkOf(request.body), actorOf(request));
      reply.code(201).header('ETag', row.entity_tag);
      return wireLink(row);
    },
  );

  app.get(
    '/v1/profiles/:id/links',
    {
      schema: { summary: "A profile's links", tags: TAGS, params: ProfileId, response: { 200: LinkList } },
      config: { needs: reading },
    },
    async ({ params }) => ({ links: (await profiles.trusts(params.id, 'link')).map(wireLink) }),
  );

  app.get(
    '/v1/profiles/:id/links/:trust',
    {
      schema: { summary: 'A link', tags: TAGS, params: TrustId, response: { 200: Link } },
      config: { needs: reading },
    },
    async ({ params }, reply) => {
      const row = await profiles.trust(params.id, 'link', params.trust);
      reply.header('ETag', row.entity_tag);
      return wireLink(row);
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
      await profiles.trust(id, 'link', trust);
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
      const rows = await profiles.trusts(request.params.id, 'link');
      const found = rows.find((row) => {
        const { cr_type, link } = JSON.parse(row.document) as LinkTrust;
        return cr_type === type && link.crn === crn && link.namespace === namespace && link.name === name;
      });
      if (!found) throw new RegistryError('NOT_FOUND');
      await profiles.distrust(request.params.id, found.id, actorOf(request));
      reply.code(204);
    },
  );
};

const linkOf = ({ cr_type, link, name }: LinkTrust): LinkTrust => {
  const { crn, namespace, name: account } = link;
  if (!namespace || !account)
    throw new RegistryError('FIELD_MISSING', {
      message: 'A link names one service account: crn, namespace and name are needed.',
    });
  return { cr_type, link: { crn, namespace, name: account }, ...(name === undefined ? {} : { name }) };
};

const wireLink = (row: ProfileTrust): Link => ({
  ...versionOf(row),
  ...(JSON.parse(row.document) as LinkTrust),
});
