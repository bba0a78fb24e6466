import { Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import { RULE_OPERATORS, type RuleTrust } from '../../identity/profiles/profile-trust.ts';
import type { ProfileTrust } from '../../identity/profiles/profiles.ts';
import { Rule, RuleCreate, RuleList } from '../../wire/profiles.ts';
import type { JsonApp } from '../json-app.ts';
import { actorOf, ifMatchOf } from '../json-request.ts';
import { TrustId, trusting, versionOf } from './profile-trusts.ts';
import { onProfile, ProfileId, type ProfileParts } from './profiles.ts';

const TAGS = ['iam'];

/** /v1/profiles/{id}/rules: claims that let somebody become a profile (facts 3.3). */
export const ruleRoutes = (app: JsonApp, parts: ProfileParts): void => {
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
      schema: {
        summary: 'Delete a rule; tokens that came by it end',
        tags: TAGS,
        params: TrustId,
        response: { 204: Type.Null() },
      },
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

const wireRule = (row: ProfileTrust): Rule => {
  const { conditions, expiration = 0, ...rule } = JSON.parse(row.document) as RuleTrust;
  return { ...versionOf(row), ...rule, expiration, conditions: [...conditions] };
};
