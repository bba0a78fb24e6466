import type { Access, Action, Attribute, Decision, Resource } from '../access/room.ts';
import type { Refusals } from '../audit/refusals/room.ts';
import { type ErrorCode, RegistryError } from '../errors.ts';
import type { Credential, Credentials } from '../identity/room.ts';
import { type Identity, isIdentity, type Principal } from '../principal.ts';
import { parseBearer } from './basic-auth.ts';
import type { JsonApp, JsonRequest, RequestHead } from './json-app.ts';
import { accountOf, isBackground, principalOf } from './json-request.ts';

/** What every caller of a JSON door has shown: a live access token, which is always for an identity. */
export interface SignedIn extends Credential {
  readonly principal: Identity;
}

type Ask<Asked, Result> = (request: Asked, credential: SignedIn) => Result | Promise<Result>;

/**
 * What a route of a JSON door asks of its caller. `anyone`: the route verifies secrets itself or tells nothing.
 * `signed-in`: a live access token. Otherwise rights. They are decided before a byte of the body is read, on the path,
 * the query and the headers; the type of what they are given has no body. Rights on what only the body names stand in
 * `onBody`: they are decided as soon as the bounded body is read and found valid, before the handler runs.
 */
export type Needs = 'anyone' | 'signed-in' | (Right<RequestHead> & MoreNeeds) | BodyNeeds;

interface MoreNeeds extends Partial<BodyNeeds> {
  /** Further rights, decided after the first. */
  readonly and?: readonly Right<RequestHead>[];
}

interface BodyNeeds {
  readonly onBody: readonly Right<JsonRequest>[];
}

/**
 * An action on a resource, or Administrator over scopes. A resource that is not there for the caller is NOT_FOUND, the
 * same as one that is forbidden.
 */
export type Right<Asked = RequestHead> = ActionNeeds<Asked> | GoverningNeeds<Asked>;

interface AnyRight<Asked> {
  readonly action: Action;
  /** Asked for only where this holds; without it always. */
  readonly when?: Ask<Asked, boolean>;
  /** Answer NOT_FOUND instead of DENIED: the resource is named by an id a stranger may have guessed. */
  readonly hide?: true;
  /** The door's own word for NOT_FOUND. */
  readonly hiddenAs?: ErrorCode;
  /** Those who may do at least this to it see it, and are told why the other was refused. */
  readonly seeing?: Action;
  /** What the refusal says, in place of the decision's reason. */
  readonly saying?: (request: Asked) => string;
  /** Enough instead of a token: the request came in through the operator's own listener (TIDEGATE_OPS_LISTEN). */
  readonly orOnOpsListener?: true;
}

export interface ActionNeeds<Asked = RequestHead> extends AnyRight<Asked> {
  readonly on: Ask<Asked, Resource | undefined>;
  /**
   * The iam_ids and groups whose rights another gets by this (a key of theirs, membership, trust, unlocking): the
   * caller must be Administrator over all they reach. Not asked of what is the caller's own.
   */
  readonly reaching?: Ask<Asked, readonly string[]>;
  /** Enough instead of the action: Administrator over the whole of these scopes. */
  readonly orGoverning?: Ask<Asked, Governed | undefined>;
}

/** Policies: Administrator over the whole scope of each, old and new, in their account. */
export interface GoverningNeeds<Asked = RequestHead> extends AnyRight<Asked> {
  readonly governing: Ask<Asked, Governed | undefined>;
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
    credential: SignedIn;
  }
}

export interface NeedsParts {
  readonly credentials: Credentials;
  readonly access: Access;
  /** Where refusals are kept to be explained. */
  readonly refusals: Refusals;
}

/** Gives the requests of all doors a place for their credential. */
export const keepCredential = (app: JsonApp): void => {
  app.decorateRequest('credential', null as unknown as SignedIn);
};

/**
 * Makes every route of this instance declare its needs, and enforces them: credential and rights before the body is read,
 * rights on the body before the handler runs. `validate` holds path and query against their schemas: what a right reads of
 * them has its type.
 */
export const enforceNeeds = (
  app: JsonApp,
  parts: NeedsParts,
  validate: (request: JsonRequest) => void,
): void => {
  app.addHook('onRoute', ({ method, url, config }) => {
    if (!config?.needs) throw new Error(`route ${method} ${url} declares no needs`);
  });
  app.addHook('onRequest', async (request: JsonRequest) => {
    const { needs } = request.routeOptions.config;
    if (needs === undefined) throw new Error(`route ${request.url} declares no needs`);
    if (isOnOpsListener(request, needs)) return;
    if (needs !== 'anyone') await signIn(request, parts.credentials);
    validate(request);
    if (typeof needs === 'string') return;
    if ('action' in needs)
      for (const right of [needs, ...(needs.and ?? [])]) await enforce(request, right, parts);
  });
  app.addHook('preHandler', async (request: JsonRequest) => {
    const { needs } = request.routeOptions.config;
    if (typeof needs !== 'object') return;
    for (const right of needs.onBody ?? []) await enforce(request, right, parts);
  });
};

const isOnOpsListener = ({ raw }: RequestHead, needs: Needs): boolean =>
  typeof needs === 'object' && 'action' in needs && needs.orOnOpsListener === true && raw.onOpsListener;

const signIn = async (request: RequestHead, credentials: Credentials): Promise<void> => {
  const token = parseBearer(request.headers.authorization);
  if (token === undefined) {
    throw new RegistryError('UNAUTHORIZED', {
      message: 'Send an access token: Authorization: Bearer …; get one with an API key at /identity/token.',
    });
  }
  const credential = await credentials.accessToken(token, { isBackground: isBackground(request) });
  if (!isSignedIn(credential))
    throw new RegistryError('CREDENTIAL_INVALID', { reason: 'the token is for no identity' });
  request.credential = credential;
  request.raw.credential = credential;
};

const isSignedIn = (credential: Credential): credential is SignedIn => isIdentity(credential.principal);

const enforce = async <Asked extends RequestHead>(
  request: Asked,
  right: Right<Asked>,
  { access, refusals }: NeedsParts,
): Promise<void> => {
  const { raw } = request;
  if (right.when && !(await right.when(request, request.credential))) return;
  raw.action = right.action;
  raw.resource = undefined;
  const decision = await decisionOn(request, right, access);
  raw.because = decision?.because ?? 'there is no such resource';
  if (decision?.allowed) return;
  noteRefusal(request, right.action, raw.because, refusals);
  const told = right.saying?.(request);
  if (right.hide && !(await isSeen(request, right, access)))
    throw new RegistryError(right.hiddenAs ?? 'NOT_FOUND', {
      ...(told === undefined ? {} : { message: told }),
      reason: raw.because,
    });
  throw new RegistryError('DENIED', {
    message: `You are not authorized: ${told ?? raw.because}.`,
    reason: raw.because,
  });
};

/** What belongs to another account is told as absent, also later on. */
const noteRefusal = (request: RequestHead, action: Action, because: string, refusals: Refusals): void => {
  const { raw } = request;
  const accountId = accountOf(request);
  const own = raw.resource?.accountId === accountId ? raw.resource : { accountId };
  const told = raw.resource === undefined || own === raw.resource ? because : 'there is no such resource';
  raw.denial = told;
  refusals.note({
    requestId: raw.id,
    principal: principalOf(request),
    action,
    resource: own,
    exists: true,
    because: told,
  });
};

const isSeen = async <Asked extends RequestHead>(
  request: Asked,
  right: Right<Asked>,
  access: Access,
): Promise<boolean> => {
  if (right.seeing === undefined || 'governing' in right) return false;
  const resource = await right.on(request, request.credential);
  if (!resource) return false;
  return (await access.decide(principalOf(request), right.seeing, resource)).allowed;
};

/** Undefined: there is nothing to decide on. */
const decisionOn = async <Asked extends RequestHead>(
  request: Asked,
  right: Right<Asked>,
  access: Access,
): Promise<Decision | undefined> => {
  const { credential } = request;
  const { principal } = credential;
  if ('governing' in right) {
    const governed = await right.governing(request, credential);
    return governed && access.governs(principal, governed.accountId, governed.scopes);
  }
  const resource = await right.on(request, credential);
  request.raw.resource = resource;
  if (!resource) return undefined;
  const decision = await access.decide(principal, right.action, resource);
  if (!decision.allowed && right.orGoverning) {
    const governed = await right.orGoverning(request, credential);
    if (!governed) return undefined;
    const governs = await access.governs(principal, governed.accountId, governed.scopes);
    return governs.allowed ? governs : decision;
  }
  if (!decision.allowed || !right.reaching || isOwn(principal, resource)) return decision;
  const work = access.governing(resource.accountId);
  for (const subject of await right.reaching(request, credential)) {
    const governed = await access.governsReachOf(principal, resource.accountId, subject, work);
    if (!governed.allowed) return governed;
  }
  return decision;
};

const isOwn = (principal: Principal, { owner, accountId }: Resource): boolean =>
  isIdentity(principal) && principal.iamId === owner && principal.accountId === accountId;
