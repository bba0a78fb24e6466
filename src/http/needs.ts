import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Access } from '../access/access.ts';
import type { Action, Resource } from '../access/actions.ts';
import type { Attribute } from '../access/attributes.ts';
import type { Decision } from '../access/decide.ts';
import type { Refusals } from '../audit/refusals.ts';
import { type ErrorCode, RegistryError } from '../errors.ts';
import type { Credential } from '../identity/credential.ts';
import type { Credentials } from '../identity/credentials.ts';
import { accountOf, isIdentity, type Principal } from '../principal.ts';
import { parseBearer } from './basic-auth.ts';
import type { Request } from './request.ts';

type Ask<Result> = (request: FastifyRequest, credential: Credential) => Result | Promise<Result>;

/**
 * What a route of a JSON door asks of its caller. `anyone`: the route verifies secrets itself or tells nothing.
 * `signed-in`: a live access token. Otherwise an action on a resource, both read off the request; a resource that is
 * not there for the caller is NOT_FOUND, the same as one that is forbidden.
 */
export type Needs = 'anyone' | 'signed-in' | ActionNeeds | GoverningNeeds;

interface Hideable {
  readonly action: Action;
  /** Answer NOT_FOUND instead of DENIED: the resource is named by an id a stranger may have guessed. */
  readonly hide?: true;
  /** The door's own word for NOT_FOUND. */
  readonly hiddenAs?: ErrorCode;
  /** Those who may do at least this to it see it, and are told why the other was refused. */
  readonly seeing?: Action;
  /** Enough instead of a token: the request came in through the operator's own listener (TIDEGATE_OPS_LISTEN). */
  readonly orOnOpsListener?: true;
}

export interface ActionNeeds extends Hideable {
  readonly on: Ask<Resource | undefined>;
  /**
   * The iam_ids and groups whose rights this hands to somebody (a key of theirs, membership, trust, unlocking): the
   * caller must be Administrator over all they reach. Not asked of what is the caller's own.
   */
  readonly reaching?: Ask<readonly string[]>;
  /** Enough instead of the action: Administrator over the whole of these scopes. */
  readonly orGoverning?: Ask<Governed | undefined>;
}

/** Policies: Administrator over the whole scope of each, old and new, in their account. */
export interface GoverningNeeds extends Hideable {
  readonly governing: Ask<Governed | undefined>;
}

export interface Governed {
  readonly accountId: string;
  readonly scopes: readonly (readonly Attribute[])[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    needs?: Needs;
  }
  interface FastifyRequest {
    /** Set for every route that needs more than `anyone`. */
    credential: Credential;
  }
}

export interface NeedsParts {
  readonly credentials: Credentials;
  readonly access: Access;
  /** Where refusals are kept to be explained. */
  readonly refusals: Refusals;
}

/** Makes every route of this instance declare its needs, and enforces them before its handler runs. */
export const enforceNeeds = (app: FastifyInstance, parts: NeedsParts): void => {
  app.addHook('onRoute', ({ method, url, config }) => {
    if (!config?.needs) throw new Error(`route ${method} ${url} declares no needs`);
  });
  app.decorateRequest('credential', null as unknown as Credential);
  app.addHook('preHandler', async (request) => {
    const { needs } = request.routeOptions.config;
    if (needs === undefined) throw new Error(`route ${request.url} declares no needs`);
    if (needs === 'anyone' || isOnOpsListener(request, needs)) return;
    await enforce(request, needs, parts);
  });
};

const isOnOpsListener = (request: FastifyRequest, needs: Exclude<Needs, 'anyone'>): boolean =>
  needs !== 'signed-in' && needs.orOnOpsListener === true && (request.raw as Request).onOpsListener;

const enforce = async (
  request: FastifyRequest,
  needs: Exclude<Needs, 'anyone'>,
  { credentials, access, refusals }: NeedsParts,
): Promise<void> => {
  const raw = request.raw as Request;
  const token = parseBearer(request.headers.authorization);
  if (token === undefined) {
    throw new RegistryError('UNAUTHORIZED', {
      message: 'Send an access token: Authorization: Bearer …; get one with an API key at /identity/token.',
    });
  }
  request.credential = await credentials.accessToken(token);
  raw.credential = request.credential;
  if (needs === 'signed-in') return;
  raw.action = needs.action;
  const decision = await decisionOn(request, needs, access);
  raw.because = decision?.because ?? 'there is no such resource';
  if (decision?.allowed) return;
  noteRefusal(raw, needs.action, raw.because, refusals);
  if (needs.hide && !(await isSeen(request, needs, access)))
    throw new RegistryError(needs.hiddenAs ?? 'NOT_FOUND', { reason: raw.because });
  throw new RegistryError('DENIED', {
    message: `You are not authorized: ${raw.because}.`,
    reason: raw.because,
  });
};

/** What belongs to another account is told as absent, also later on. */
const noteRefusal = (raw: Request, action: Action, because: string, refusals: Refusals): void => {
  const principal = raw.credential?.principal;
  const accountId = principal && accountOf(principal);
  if (!principal || accountId === undefined) return;
  const own = raw.resource?.accountId === accountId ? raw.resource : { accountId };
  const told = raw.resource === undefined || own === raw.resource ? because : 'there is no such resource';
  refusals.note({ requestId: raw.id, principal, action, resource: own, exists: true, because: told });
};

const isSeen = async (
  request: FastifyRequest,
  needs: ActionNeeds | GoverningNeeds,
  access: Access,
): Promise<boolean> => {
  if (needs.seeing === undefined || 'governing' in needs) return false;
  const resource = await needs.on(request, request.credential);
  if (!resource) return false;
  return (await access.decide(request.credential.principal, needs.seeing, resource)).allowed;
};

/** Undefined: there is nothing to decide on. */
const decisionOn = async (
  request: FastifyRequest,
  needs: ActionNeeds | GoverningNeeds,
  access: Access,
): Promise<Decision | undefined> => {
  const { credential } = request;
  const { principal } = credential;
  if ('governing' in needs) {
    const governed = await needs.governing(request, credential);
    return governed && access.governs(principal, governed.accountId, governed.scopes);
  }
  const resource = await needs.on(request, credential);
  (request.raw as Request).resource = resource;
  if (!resource) return undefined;
  const decision = await access.decide(principal, needs.action, resource);
  if (!decision.allowed && needs.orGoverning) {
    const governed = await needs.orGoverning(request, credential);
    if (!governed) return undefined;
    const governs = await access.governs(principal, governed.accountId, governed.scopes);
    return governs.allowed ? governs : decision;
  }
  if (!decision.allowed || !needs.reaching || isOwn(principal, resource)) return decision;
  for (const subject of await needs.reaching(request, credential)) {
    const scopes = await access.reachOf(resource.accountId, subject);
    const governed = await access.governs(principal, resource.accountId, scopes);
    if (!governed.allowed) return governed;
  }
  return decision;
};

const isOwn = (principal: Principal, { owner, accountId }: Resource): boolean =>
  isIdentity(principal) && principal.iamId === owner && principal.accountId === accountId;

/** The account of the `Account` header, which must be the token's (facts 2.1). */
export const accountHeader = (request: FastifyRequest, credential: Credential): string => {
  const given = request.headers.account;
  const own = accountOf(credential.principal);
  if (own === undefined || given !== own)
    throw new RegistryError('ACCOUNT_UNAUTHORIZED', {
      message: 'Send the header Account with the id of the account your token is for.',
    });
  return own;
};
