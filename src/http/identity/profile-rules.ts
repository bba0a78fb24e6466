import { type Static, Type } from 'typebox';
import { RegistryError } from '../../errors.ts';
import {
  type TrustExplanation as Explained,
  type ProfileTrust,
  RULE_OPERATORS,
  type RuleTrust,
} from '../../identity/room.ts';
import {
  Rule,
  RuleCondition,
  RuleCreate,
  RuleList,
  TrustExplanation,
  TrustQuestion,
} from '../../wire/profiles.ts';
import type { JsonApp, JsonRequest } from '../json-app.ts';
import { accountOf, actorOf, ifMatchOf } from '../json-request.ts';
import type { IdentityParts } from './parts.ts';
import { TrustId, trusting, versionOf } from './profile-trusts.ts';
import { onProfile, ProfileId } from './profiles.ts';

const TAGS = ['iam'];

/** /v1/profiles/{id}/rules: claims with which a token may become a profile. */
export const ruleRoutes = (app: JsonApp, parts: IdentityParts): void => {
  const { profiles } = parts.identity;
  const reading = onProfile(parts.identity, 'iam-identity.profile.get');
  const ending = onProfile(parts.identity, 'iam-identity.profile.distrust');

  const warned = ({ terms }: ProfileTrust<RuleTrust>, request: JsonRequest): Partial<Rule> => {
    const warnings = profiles.warnings(terms, accountOf(request));
    const audiences = profiles.audiences(terms, accountOf(request));
    return { ...(audiences.length > 0 ? { audiences } : {}), ...(warnings.length > 0 ? { warnings } : {}) };
  };

  app.post(
    '/v1/profiles/:id/rules',
    {
      schema: {
        summary: 'Trust tokens with these claims',
        tags: TAGS,
        params: ProfileId,
        body: RuleCreate,
        response: { 201: Rule },
      },
      config: { needs: trusting(parts) },
      preValidation: refuseUnknownKeys,
    },
    async (request, reply) => {
      const rule = await profiles.trust(request.params.id, ruleOf(request.body), actorOf(request));
      reply.code(201).header('ETag', rule.entityTag);
      return { ...wireRule(rule), ...warned(rule, request) };
    },
  );

  app.post(
    '/v1/profiles/:id/rules/explain',
    {
      schema: {
        summary: 'What each rule makes of a token, condition by condition',
        tags: TAGS,
        params: ProfileId,
        body: TrustQuestion,
        response: { 200: TrustExplanation },
      },
      config: { needs: reading },
    },
    async ({ params, body }) => {
      const profile = await profiles.find(params.id);
      if (!profile) throw new RegistryError('NOT_FOUND');
      const rules = await profiles.rules(profile.id);
      return wireExplanation(await parts.identity.trustExplainer.explain(profile, rules, body.token));
    },
  );

  app.get(
    '/v1/profiles/:id/rules',
    {
      schema: { summary: "A profile's rules", tags: TAGS, params: ProfileId, response: { 200: RuleList } },
      config: { needs: reading },
    },
    async ({ params }) => ({ rules: (await profiles.rules(params.id)).map(wireRule) }),
  );

  app.get(
    '/v1/profiles/:id/rules/:trust',
    {
      schema: { summary: 'A rule', tags: TAGS, params: TrustId, response: { 200: Rule } },
      config: { needs: reading },
    },
    async ({ params }, reply) => {
      const rule = await profiles.rule(params.id, params.trust);
      reply.header('ETag', rule.entityTag);
      return wireRule(rule);
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
      preValidation: refuseUnknownKeys,
    },
    async (request, reply) => {
      const rule = { profileId: request.params.id, id: request.params.trust, ifMatch: ifMatchOf(request) };
      const changed = await profiles.updateRule(rule, ruleOf(request.body), actorOf(request));
      reply.header('ETag', changed.entityTag);
      return { ...wireRule(changed), ...warned(changed, request) };
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
      await profiles.rule(id, trust);
      await profiles.distrust(id, trust, actorOf(request));
      reply.code(204);
    },
  );
};

/** Of a rule for tokens of declared issuers a misspelt key could be the one that narrows it. */
const refuseUnknownKeys = async ({ body }: { body: unknown }): Promise<void> => {
  const rule = recordOf(body);
  if (rule?.cr_type !== 'OIDC') return;
  const conditions = Array.isArray(rule.conditions) ? rule.conditions.slice(0, 20) : [];
  const unknown =
    Object.keys(rule).find((key) => !Object.hasOwn(RuleCreate.properties, key)) ??
    conditions
      .flatMap((condition) => Object.keys(recordOf(condition) ?? {}))
      .find((key) => !Object.hasOwn(RuleCondition.properties, key));
  if (unknown !== undefined)
    throw new RegistryError('BAD_REQUEST', {
      message: `Property ${unknown.slice(0, 100)} is not known in a rule of cr_type OIDC.`,
    });
};

const recordOf = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;

const ruleOf = (rule: Static<typeof RuleCreate>): RuleTrust => {
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
    kind: 'rule',
    of: type === 'Profile-CR' ? 'compute' : 'saml',
    name,
    realmName: realm_name,
    crType: cr_type,
    expiration,
    conditions: conditions.map(({ claim, operator, value }) => ({ claim, operator, value })),
  };
};

const wireRule = (trust: ProfileTrust<RuleTrust>): Rule => {
  const { of, name, realmName, crType, expiration = 0, conditions } = trust.terms;
  return {
    ...versionOf(trust),
    type: of === 'compute' ? 'Profile-CR' : 'Profile-SAML',
    ...(name === undefined ? {} : { name }),
    ...(realmName === undefined ? {} : { realm_name: realmName }),
    ...(crType === undefined ? {} : { cr_type: crType }),
    expiration,
    conditions: [...conditions],
  };
};

const LONGEST_VALUE = 1000;

const wireExplanation = ({ fault, issuer, rules }: Explained): TrustExplanation => ({
  believed: fault === undefined,
  ...(fault === undefined ? {} : { fault }),
  ...(issuer === undefined ? {} : { issuer }),
  rules: rules.map(({ rule, holds, fault: ruleFault, conditions }) => ({
    id: rule.id,
    ...(rule.terms.name === undefined ? {} : { name: rule.terms.name }),
    holds,
    ...(ruleFault === undefined ? {} : { fault: ruleFault }),
    conditions: conditions.map(({ claim, operator, value, actual, holds: isMet, why }) => ({
      claim,
      operator,
      value,
      ...(actual === undefined ? {} : { actual: (JSON.stringify(actual) ?? '').slice(0, LONGEST_VALUE) }),
      holds: isMet,
      ...(why === undefined ? {} : { why }),
    })),
  })),
});
