import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import { entityIdOf, iamIdOfProfile } from '../../identity/iam-ids.ts';
import {
  type IdentityTrust,
  iamIdOfTrusted,
  type LinkTrust,
  RULE_OPERATORS,
  type RuleTrust,
} from '../../identity/profile-trust.ts';
import type { ProfileTrust } from '../../identity/profiles.ts';
import {
  IdentitiesSet,
  IdentityList,
  IdentityRequest,
  Link,
  LinkCreate,
  LinkList,
  Rule,
  RuleCreate,
  RuleList,
  TrustedIdentity,
} from '../../wire/profiles.ts';
import type { JsonApp } from '../json-app.ts';
import type { ActionNeeds } from '../needs.ts';
import type { Request } from '../request.ts';
import { formatIamDate } from './iam-date.ts';
import { idOf, ifMatchOf, onProfile, ProfileId, type ProfileParts } from './profiles.ts';

const TrustId = Type.Object({
  id: Type.String({ maxLength: 100 }),
  trust: Type.String({ maxLength: 100 }),
});
const TypeOnly = Type.Object({ id: Type.String({ maxLength: 100 }), type: Type.String({ maxLength: 20 }) });
const OneIdentity = Type.Object({ ...TypeOnly.properties, identifier: Type.String({ maxLength: 200 }) });
const LinkQuery = Type.Object({
  type: Type.String(),
  crn: Type.Optional(Type.String()),
  namespace: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
});

const TAGS = ['iam'];

/** /v1/profiles/{id}/rules, /links and /identities: whom a profile trusts (facts 3.3). */
export const profileTrustRoutes = (app: JsonApp, parts: ProfileParts): void => {
  ruleRoutes(app, parts);
  linkRoutes(app, parts);
  identityRoutes(app, parts);
};

/** Who lets somebody become a profile hands on all it reaches. */
const trusting = ({ profiles }: ProfileParts): ActionNeeds => ({
  ...onProfile(profiles, 'iam-identity.profile.trust'),
  reaching: (request) => [iamIdOfProfile(idOf(request))],
});

const ruleRoutes = (app: JsonApp, parts: ProfileParts): void => {
  const { profiles } = parts;
  const reading = onProfile(profiles, 'iam-identity.profile.get');
  const ending = onProfile(profiles, 'iam-identity.profile.distrust');

  app.post(
    '/v1/profiles/:id/rules',
    {
      schema: {
        summary: 'Trust whoever shows a token with these claims',
        tags: TAGS,
        params: ProfileId,
        body: RuleCreate,
        response: { 201: Rule },
      },
      config: { needs: trusting(parts) },
    },
    async (request, reply) => {
      const row = await profiles.addRule(request.params.id, ruleOf(request.body), actorOf(request));
      reply.code(201).header('ETag', row.entity_tag);
      return wireRule(row);
    },
  );

  app.get(
    '/v1/profiles/:id/rules',
    {
      schema: { summary: "A profile's rules", tags: TAGS, params: ProfileId, response: { 200: RuleList } },
      config: { needs: reading },
    },
    async ({ params }) => ({ rules: (await profiles.trusts(params.id, 'rule')).map(wireRule) }),
  );

  app.get(
    '/v1/profiles/:id/rules/:trust',
    {
      schema: { summary: 'A rule', tags: TAGS, params: TrustId, response: { 200: Rule } },
      config: { needs: reading },
    },
    async ({ params }, reply) => {
      const row = await profiles.trust(params.id, 'rule', params.trust);
      reply.header('ETag', row.entity_tag);
      return wireRule(row);
    },
  );

  app.put(
    '/v1/profiles/:id/rules/:trust',
    {
      schema: {
        summary: 'Replace a rule (If-Match); tokens that came by it end',
        tags: TAGS,
        params: TrustId,
        body: RuleCreate,
        response: { 200: Rule },
      },
      config: { needs: trusting(parts) },
    },
    async (request, reply) => {
      const rule = { profileId: request.params.id, id: request.params.trust, ifMatch: ifMatchOf(request) };
      const row = await profiles.updateRule(rule, ruleOf(request.body), actorOf(request));
      reply.header('ETag', row.entity_tag);
      return wireRule(row);
    },
  );

  app.delete(
    '/v1/profiles/:id/rules/:trust',
    {
      schema: { summary: 'Delete a rule; tokens that came by it end', tags: TAGS, params: TrustId },
      config: { needs: ending },
    },
    async (request, reply) => {
      const { id, trust } = request.params;
      await profiles.trust(id, 'rule', trust);
      await profiles.distrust(id, trust, actorOf(request));
      reply.code(204);
    },
  );
};

const linkRoutes = (app: JsonApp, parts: ProfileParts): void => {
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
      schema: { summary: 'Delete a link; tokens that came by it end', tags: TAGS, params: TrustId },
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

const identityRoutes = (app: JsonApp, parts: ProfileParts): void => {
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

const actorOf = (request: FastifyRequest) => (request.raw as Request).actor;

const ruleOf = (rule: RuleTrust): RuleTrust => {
  const { type, name, realm_name, cr_type, expiration, conditions } = rule;
  const unknown = conditions.find(({ operator }) => !RULE_OPERATORS.some((each) => each === operator));
  if (unknown)
    throw new RegistryError('BAD_REQUEST', {
      message: `the operator of a condition must be one of ${RULE_OPERATORS.join(', ')}`,
    });
  if (type === 'Profile-CR' && !cr_type)
    throw new RegistryError('FIELD_MISSING', {
      message: 'Property missing or empty: cr_type, the kind of compute resource a Profile-CR rule is for.',
    });
  return {
    type,
    conditions: conditions.map(({ claim, operator, value }) => ({ claim, operator, value })),
    ...(name === undefined ? {} : { name }),
    ...(realm_name === undefined ? {} : { realm_name }),
    ...(cr_type === undefined ? {} : { cr_type }),
    ...(expiration === undefined ? {} : { expiration }),
  };
};

const linkOf = ({ cr_type, link, name }: LinkTrust): LinkTrust => {
  const { crn, namespace, name: account } = link;
  if (!namespace || !account)
    throw new RegistryError('FIELD_MISSING', {
      message: 'A link names one service account: crn, namespace and name are needed.',
    });
  return { cr_type, link: { crn, namespace, name: account }, ...(name === undefined ? {} : { name }) };
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

const versionOf = (row: ProfileTrust) => ({
  id: row.id,
  entity_tag: row.entity_tag,
  created_at: formatIamDate(row.created_at),
  modified_at: formatIamDate(row.modified_at),
});

const wireRule = (row: ProfileTrust): Rule => {
  const { conditions, expiration = 0, ...rule } = JSON.parse(row.document) as RuleTrust;
  return { ...versionOf(row), ...rule, expiration, conditions: [...conditions] };
};

const wireLink = (row: ProfileTrust): Link => ({
  ...versionOf(row),
  ...(JSON.parse(row.document) as LinkTrust),
});

const wireIdentity = (row: ProfileTrust): TrustedIdentity => {
  const { accounts, ...trust } = JSON.parse(row.document) as IdentityTrust;
  return {
    iam_id: iamIdOfTrusted(trust),
    ...trust,
    ...(accounts === undefined ? {} : { accounts: [...accounts] }),
  };
};
