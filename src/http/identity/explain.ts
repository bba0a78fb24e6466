import { Type } from 'typebox';
import type { Access, Decision, Explanation as Explained, Explainer, Policies } from '../../access/room.ts';
import { type Action, describe, type EntityType, isAction, type Resource } from '../../access/room.ts';
import type { Refusals } from '../../audit/refusals/room.ts';
import { RegistryError } from '../../errors.ts';
import { type Identity as IdentityRoom, iamIdOfServiceId } from '../../identity/room.ts';
import { type Identity, iamIdOf, isIdentity, type Principal } from '../../principal.ts';
import type { Namespaces, Region, Regions } from '../../tenancy/room.ts';
import { ExplainQuestion, type ExplainResource, Explanation } from '../../wire/explain.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountOf, principalOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import type { Origin } from '../origin.ts';
import { resourceOf } from '../resource.ts';

export interface ExplainParts {
  readonly access: Access;
  readonly explainer: Explainer;
  readonly policies: Policies;
  readonly refusals: Refusals;
  readonly identity: IdentityRoom;
  readonly namespaces: Namespaces;
  readonly regions: Regions;
  readonly origin: Origin;
}

/** What is asked about, and whether the caller's account has it. */
export interface Subject {
  readonly principal: Principal & { readonly accountId: string };
  readonly action: Action;
  readonly resource: Resource;
  readonly exists: boolean;
}

export const KINDS = { user: 'user', serviceid: 'service-id', profile: 'profile' } as const;

/** /v1/explain: ours. An identity may ask about itself, an Administrator of the account about every identity in it. */
export const explainRoutes = (app: JsonApp, parts: ExplainParts): void => {
  app.get(
    '/v1/explain/:request_id',
    {
      schema: {
        summary: 'Why a request was refused, and how it would be decided now',
        tags: ['access'],
        params: Type.Object({ request_id: Type.String({ maxLength: 100 }) }),
        response: { 200: Explanation },
      },
      config: {
        needs: {
          action: EXPLAIN,
          hide: true,
          on: async ({ params }) => {
            const { request_id: id } = params as { request_id: string };
            const refusal = await parts.refusals.find(id);
            return refusal && askingAbout(refusal.principal);
          },
          saying: () => UNKNOWN_REQUEST,
        },
      },
    },
    async (request) => {
      const refusal = await parts.refusals.find(request.params.request_id);
      if (!refusal || !isAction(refusal.action))
        throw new RegistryError('NOT_FOUND', { message: UNKNOWN_REQUEST });
      const rank = await rankOf(request, parts.access);
      const subject = { ...refusal, action: refusal.action };
      const { answer, mayKnow } = await explained(subject, rank, parts);
      const { because, at, times } = refusal;
      const told = mayKnow ? because : answer.because;
      return { ...answer, refused: { because: told, at: new Date(at).toISOString(), times } };
    },
  );

  app.post(
    '/v1/explain',
    {
      schema: {
        summary: 'Whether an identity may do something, and why',
        tags: ['access'],
        body: ExplainQuestion,
        response: { 200: Explanation },
      },
      config: {
        needs: {
          onBody: [
            {
              action: EXPLAIN,
              on: (request) => askingAbout(identityAsked(request.body as ExplainQuestion, request)),
              saying: () => 'you may ask about yourself; about others an Administrator of the account may',
            },
          ],
        },
      },
    },
    async (request) => {
      const { action: word, resource: asked } = request.body;
      const principal = identityAsked(request.body, request);
      const { accountId } = principal;
      const rank = await rankOf(request, parts.access);
      const fault = await parts.identity.liveness.principalFault(principal);
      if (fault)
        throw new RegistryError('NOT_FOUND', {
          message: `There is no such identity to ask about: ${fault}.`,
        });
      const where = await placeOf(asked, accountId, regionOf(request, asked.region, parts), parts.namespaces);
      return (await explained({ principal, action: actionOf(word), ...where }, rank, parts)).answer;
    },
  );
};

export const EXPLAIN = 'iam-access-management.explain';

/** An identity asks about itself, an Administrator about everyone in the account. */
export const askingAbout = (about: Principal & { readonly accountId: string }): Resource => {
  const owner = iamIdOf(about);
  return { accountId: about.accountId, ...(owner === undefined ? {} : { owner }) };
};

const identityAsked = ({ iam_id: iamId, type }: ExplainQuestion, request: RequestHead): Identity => ({
  kind: KINDS[type],
  iamId,
  accountId: accountOf(request),
});

export type Rank = 'self' | 'administrator';

/** As what the caller asks, which decides how much of the truth about namespaces is told. */
export const rankOf = async (request: RequestHead, access: Access): Promise<Rank> =>
  (await mayDo(access, principalOf(request), EXPLAIN, { accountId: accountOf(request) }))
    ? 'administrator'
    : 'self';

/**
 * Decides on the state of now. An identity without any right on a namespace gets the same answer whether the namespace is
 * absent, in another account or closed to it (no existence oracle). `mayKnow`: the answer may say more.
 */
const explained = async (
  { principal, action, resource, exists }: Subject,
  rank: Rank,
  { explainer, access }: ExplainParts,
): Promise<{ answer: Explanation; mayKnow: boolean }> => {
  const found = await explainer.explain(principal, action, resource);
  const { told, mayKnow } = await truthOf({ principal, action, resource, exists }, found, rank, access);
  return { answer: answerOf(principal, action, resource, { ...found, ...told }), mayKnow };
};

/** A short answer, on the state of now. */
export const shortTruth = async (
  subject: Subject,
  fault: string | undefined,
  rank: Rank,
  access: Access,
): Promise<Decision> => {
  const decision =
    fault === undefined
      ? await access.decide(subject.principal, subject.action, subject.resource)
      : { allowed: false, because: `there is no such identity to ask about: ${fault}` };
  return (await truthOf(subject, decision, rank, access)).told;
};

/** What may be told of a decision. */
const truthOf = async (
  { principal, resource, exists }: Subject,
  { allowed, because }: Decision,
  rank: Rank,
  access: Access,
): Promise<{ told: Decision; mayKnow: boolean }> => {
  const pull = await access.decide(principal, 'container-registry.image.pull', resource);
  const mayKnow = rank === 'administrator' || (exists && (allowed || pull.allowed));
  if (exists) return { told: { allowed, because }, mayKnow };
  const absent = `the account has no namespace ${resource.namespace} here`;
  return {
    told: { allowed: false, because: allowed || rank === 'administrator' ? absent : because },
    mayKnow,
  };
};

const answerOf = (
  principal: Principal,
  action: Action,
  resource: Resource,
  found: Explained,
): Explanation => ({
  allowed: found.allowed,
  because: found.because,
  ...(isIdentity(principal)
    ? { iam_id: principal.iamId }
    : 'id' in principal
      ? { registry_token: principal.id }
      : {}),
  action,
  resource: describe(resource),
  groups: [...found.groups],
  ...saidBy(found),
  policies: found.considered.map(({ policyId, subject, verdict }) => ({
    policy_id: policyId,
    subject,
    verdict,
  })),
});

/** What providers say, for those of whom they say something. */
const saidBy = ({ memberships, standings }: Explained): Pick<Explanation, 'memberships' | 'providers'> => ({
  ...(memberships.length === 0 ? {} : { memberships: memberships.map(membershipWire) }),
  ...(standings.length === 0
    ? {}
    : {
        providers: standings.map(({ issuer, claimsAt, fault, claimsFault }) => ({
          issuer,
          claims_at: new Date(claimsAt).toISOString(),
          ...(fault === undefined ? {} : { fault }),
          ...(claimsFault === undefined ? {} : { claims_fault: claimsFault }),
        })),
      }),
});

const membershipWire = (held: Explained['memberships'][number]) => ({
  group: held.groupId,
  rule_id: held.ruleId,
  ...(held.ruleName === undefined ? {} : { rule: held.ruleName }),
  issuer: held.issuer,
  realm_name: held.realmName,
  claims: held.claims.map(({ claim, operator, value }) => ({ claim, operator, value })),
  until: new Date(held.until).toISOString(),
});

export const regionOf = (
  { raw }: RequestHead,
  word: string | undefined,
  { regions, origin }: ExplainParts,
): Region => {
  if (word === undefined) return origin.region(raw) ?? regions.default;
  const region = regions.list.find(({ names, oldName }) => names.includes(word) || oldName === word);
  if (region) return region;
  const known = regions.list.map(({ name }) => name).join(', ');
  throw new RegistryError('NOT_FOUND', { message: `There is no region ${word}; there are: ${known}.` });
};

export const placeOf = async (
  { namespace: word, repository, tag, entity }: ExplainResource,
  accountId: string,
  region: Region,
  namespaces: Namespaces,
): Promise<{ resource: Resource; exists: boolean }> => {
  // that there is such an entity is not told: policies alone decide
  if (entity) return { resource: { accountId, entity, ...ownerOf(entity) }, exists: true };
  const name = word ?? repository?.split('/')[0];
  const place = { accountId, region: region.names, regionId: region.id };
  if (name === undefined) return { resource: place, exists: true };
  const narrower = {
    ...(repository === undefined ? {} : { repository }),
    ...(tag === undefined ? {} : { tag }),
  };
  const found = await namespaces.find(region.id, name);
  const exists = found?.accountId === accountId;
  const whole = exists ? resourceOf(region, found) : { ...place, namespace: name };
  return { resource: { ...whole, ...narrower }, exists };
};

/** Whose keys and sessions are meant: an identity's own. */
const ownerOf = ({ type, id }: { type: EntityType; id: string }): { owner?: string } => {
  if (type === 'user') return { owner: id };
  return type === 'serviceid' ? { owner: iamIdOfServiceId(id) } : {};
};

export const actionOf = (word: string): Action => {
  const names = [word, `container-registry.${word}`, `container-registry.image.${word}`];
  const action = names.find(isAction);
  if (action) return action;
  throw new RegistryError('BAD_REQUEST', {
    message: `There is no action ${word}. Name one such as container-registry.image.pull.`,
  });
};

const UNKNOWN_REQUEST =
  'Nothing is known of this request: it was not refused, not within seven days, or it was not yours. A replica tells of its refusals after some seconds.';
