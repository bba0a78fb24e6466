import type { Access, Action, Decision, NamePart, Resource, Steps } from '../../access/room.ts';
import type { Refusals } from '../../audit/refusals/room.ts';
import type { Clock } from '../../clock.ts';
import { ERRORS, RegistryError } from '../../errors.ts';
import type { Activity, Bearer, Bearers, Credentials, Liveness } from '../../identity/room.ts';
import { ANONYMOUS_CREDENTIAL, type Credential } from '../../identity/room.ts';
import { namespaceOf, type RepositoryName } from '../../oci/repository-name.ts';
import type { ScopeAction } from '../../oci/scope.ts';
import { accountOf } from '../../principal.ts';
import type { RepositoryTarget } from '../../registry/room.ts';
import type { Namespace, Namespaces, Region } from '../../tenancy/room.ts';
import { parseBasic, parseBearer } from '../basic-auth.ts';
import type { LoginGuard } from '../login-guard.ts';
import type { Request } from '../request.ts';
import { resourceOf } from '../resource.ts';
import type { Asked } from './asked.ts';
import type { TagRight, TagRights } from './tag-rights.ts';

/** Who asks at /v2/: an identity, and the cap a docker bearer put on itself. */
export interface Caller {
  readonly credential: Credential;
  /** Undefined: no cap (Basic), or no credential (anonymous). */
  readonly bearer: Bearer | undefined;
  readonly anonymous: boolean;
}

/** A part of a namespace's repositories that policies open; each of them is still to be decided on. */
export interface OpenPart extends NamePart {
  readonly namespace: Namespace;
}

/** What of an account's namespaces a caller may read. */
export interface Readable {
  readonly whole: readonly Namespace[];
  readonly parts: readonly OpenPart[];
}

/** What looking for a tag of a repository costs a list, in steps of decisions. */
const STEPS_PER_LOOK = 2000;

const ANONYMOUS_CALLER: Caller = {
  credential: ANONYMOUS_CREDENTIAL,
  bearer: undefined,
  anonymous: true,
};

export interface AuthorizeParts {
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly bearers: Bearers;
  readonly liveness: Liveness;
  readonly activity: Activity;
  readonly access: Access;
  readonly namespaces: Namespaces;
  readonly guard: LoginGuard;
  readonly refusals: Refusals;
  readonly tagRights: TagRights;
}

/** A right at /v2/: the word a docker scope has for it, and the action policies have. */
export interface Right {
  readonly scope: ScopeAction;
  readonly action: Action;
  /** What a challenge for it asks the client to ask for. */
  readonly challenge: readonly ScopeAction[];
}

export const PULL: Right = { scope: 'pull', action: 'container-registry.image.pull', challenge: ['pull'] };
export const PUSH: Right = {
  scope: 'push',
  action: 'container-registry.image.push',
  challenge: ['pull', 'push'],
};
export const DELETE: Right = {
  scope: 'delete',
  action: 'container-registry.image.delete',
  challenge: ['pull', 'delete'],
};

/** The repository that a caller may do something to. */
export interface Granted {
  readonly target: RepositoryTarget;
  /** Where the caller holds the right on some of its tags only. */
  readonly byTag?: TagRight | undefined;
  /** The digest that is asked for is told as absent, because none of these tags reaches it. */
  readonly hidden?: true | undefined;
}

/** Says who asks at /v2/ and decides whether they may: asked ∩ the credential's live rights. */
export class Authorizer {
  readonly #parts: AuthorizeParts;

  constructor(parts: AuthorizeParts) {
    this.#parts = parts;
  }

  /**
   * Who asks. A missing header is anonymous; anything presented must be valid and alive, else UNAUTHORIZED or
   * CREDENTIAL_INVALID. `forgiveExpiry`: the request belongs to an upload, which may outlive its bearer.
   */
  async identify(request: Request, region: Region, forgiveExpiry: boolean): Promise<Caller> {
    const header = request.headers.authorization;
    if (header === undefined) return ANONYMOUS_CALLER;
    const token = parseBearer(header);
    const caller =
      token === undefined
        ? await this.#basic(request, header, region)
        : await this.#bearer(token, region, forgiveExpiry);
    request.credential = caller.credential;
    return caller;
  }

  /**
   * The repository if the caller may do this to it now; else `refusalOf`, the same for forbidden and absent. A right on the
   * repository is looked for first, then one on tags that cover what is asked.
   */
  async need(
    request: Request,
    caller: Caller,
    region: Region,
    name: RepositoryName,
    right: Right,
    asked: () => Asked,
  ): Promise<Granted> {
    request.action = right.action;
    const target = await this.#target(region, name);
    const decision = target && (await this.#decide(caller, region, target, right));
    const isCovered = target !== undefined && (!caller.bearer || covers(caller.bearer, target, right));
    if (target && isCovered && decision?.allowed) return { target };
    const granted = target && (await this.#byTag(caller, region, target, right, asked()));
    if (granted) return granted;
    const because =
      decision === undefined
        ? 'there is no such namespace'
        : isCovered
          ? decision.because
          : 'the token was not asked for this';
    this.#note(request, caller, region, name, target, because);
    throw refusalOf({ request, caller, name, right, isAllowed: decision?.allowed === true, because });
  }

  /** Whether the credential's live rights, not the bearer's cap, allow this: for the source of a mount. */
  async may(
    caller: Caller,
    region: Region,
    name: RepositoryName,
    right: Right,
    asked: Asked,
  ): Promise<RepositoryTarget | undefined> {
    const target = await this.#target(region, name);
    if (!target || (await this.#decide(caller, region, target, right)).allowed) return target;
    const { principal } = caller.credential;
    const byTag = await this.#parts.tagRights.find({ principal, region, target, action: right.action });
    return (await byTag?.covers(asked)) ? target : undefined;
  }

  async #byTag(
    caller: Caller,
    region: Region,
    target: RepositoryTarget,
    right: Right,
    asked: Asked,
  ): Promise<Granted | undefined> {
    if (caller.bearer && !covers(caller.bearer, target, right)) return undefined;
    const { principal } = caller.credential;
    const byTag = await this.#parts.tagRights.find({ principal, region, target, action: right.action });
    if (!byTag) return undefined;
    if (await byTag.covers(asked)) return { target, byTag };
    if (asked.of !== 'digest' && asked.of !== 'look') return undefined;
    // clients look for a blob before they upload it and after; one who may push can also have it in a manifest
    const push = { principal, region, target, action: PUSH.action };
    const isPushed = asked.of === 'look' && (await this.#parts.tagRights.find(push)) !== undefined;
    // what is not reached is answered like what is absent
    return isPushed ? { target, byTag } : { target, byTag, hidden: true };
  }

  /** The account's namespaces here: those the caller may read as a whole, and those of which a policy opens a part. */
  async readable({ credential: { principal } }: Caller, region: Region): Promise<Readable> {
    const accountId = accountOf(principal);
    const namespaces = accountId === undefined ? [] : await this.#parts.namespaces.list(accountId, region.id);
    const readable: { whole: Namespace[]; parts: OpenPart[] } = { whole: [], parts: [] };
    for (const namespace of namespaces) {
      const resource = { ...resourceOf(region, namespace), namespace: namespace.name };
      const reach = await this.#parts.access.reachIn(principal, PULL.action, resource);
      if (reach === 'all') readable.whole.push(namespace);
      else readable.parts.push(...reach.map((part) => ({ namespace, ...part })));
    }
    return readable;
  }

  /** The steps that deciding on one list may take. */
  listSteps(): Steps {
    return this.#parts.access.listSteps();
  }

  /** Those of a namespace's repositories that the caller may read; see `Access.allowedOf`. */
  async pullable(
    { credential: { principal } }: Caller,
    region: Region,
    namespace: Namespace,
    names: readonly string[],
    bounds: { most: number; steps: Steps },
  ): Promise<string[]> {
    const { access, tagRights } = this.#parts;
    const on = (name: string): Resource => resourceOf(region, namespace, name);
    if (!(await access.namesTags(principal, namespace.accountId)))
      return access.allowedOf(principal, PULL.action, names, { resourceOf: on, ...bounds });
    const found: string[] = [];
    for (const name of names) {
      const whole = await access.allowedOf(principal, PULL.action, [name], { resourceOf: on, ...bounds });
      const target = { regionId: region.id, namespace, name: name as RepositoryName };
      const byTag =
        whole.length > 0
          ? undefined
          : await tagRights.find({ principal, region, target, action: PULL.action });
      if (whole.length > 0 || (await byTag?.coversOne())) found.push(name);
      if (found.length >= bounds.most || !bounds.steps.take(byTag ? STEPS_PER_LOOK : 0)) break;
    }
    return found;
  }

  async #target(region: Region, name: RepositoryName): Promise<RepositoryTarget | undefined> {
    const namespace = await this.#parts.namespaces.find(region.id, namespaceOf(name));
    return namespace && { regionId: region.id, namespace, name };
  }

  /** A namespace of another account is reported as absent, also in the explanation of the refusal. */
  #note(
    request: Request,
    { credential: { principal } }: Caller,
    region: Region,
    name: RepositoryName,
    target: RepositoryTarget | undefined,
    because: string,
  ): void {
    const accountId = accountOf(principal);
    if (accountId === undefined || request.action === undefined) return;
    const { id: requestId, action } = request;
    const namespace = target?.namespace;
    if (namespace?.accountId === accountId) {
      const resource = resourceOf(region, namespace, name);
      request.denial = because;
      this.#parts.refusals.note({ requestId, principal, action, resource, exists: true, because });
      return;
    }
    const wanted = namespaceOf(name);
    request.denial = `the account has no namespace ${wanted} here`;
    const place = { accountId, region: region.names, regionId: region.id };
    this.#parts.refusals.note({
      requestId,
      principal,
      action,
      resource: { ...place, namespace: wanted, repository: name },
      exists: false,
      because: request.denial,
    });
  }

  #decide(
    { credential }: Caller,
    region: Region,
    { namespace, name }: RepositoryTarget,
    right: Right,
  ): Promise<Decision> {
    return this.#parts.access.decide(credential.principal, right.action, resourceOf(region, namespace, name));
  }

  async #basic(request: Request, header: string, region: Region): Promise<Caller> {
    const basic = parseBasic(header);
    if (!basic)
      throw new RegistryError('UNAUTHORIZED', {
        message: 'the Authorization header is neither Basic nor Bearer',
      });
    const login = () =>
      this.#parts.credentials.login(
        basic.userName,
        basic.password,
        region.id,
        this.#parts.guard.arrival(request),
      );
    return {
      credential: await this.#parts.guard.attempt(request, basic.userName, basic.password, login),
      bearer: undefined,
      anonymous: false,
    };
  }

  async #bearer(token: string, region: Region, forgiveExpiry: boolean): Promise<Caller> {
    const { bearers, clock, liveness, activity } = this.#parts;
    const bearer = await bearers.verify(token);
    if (!bearer) throw invalidToken('it is not one of this registry');
    if (bearer.regionId !== region.id) throw invalidToken('it was issued for another region');
    const now = clock.now();
    if (bearer.expiresAt <= now && !forgiveExpiry) throw invalidToken('it has expired');
    const { credential } = bearer;
    if (credential.expiresAt !== undefined && credential.expiresAt <= now)
      throw invalidToken('the credential it came from has expired');
    if (credential.principal.kind === 'anonymous') return { credential, bearer, anonymous: true };
    const fault = await liveness.fault(credential.principal, credential.chain);
    if (fault) throw invalidToken(fault);
    activity.used(credential.chain);
    const claims = await liveness.claimsOf(credential.chain);
    return { credential: claims ? { ...credential, claims } : credential, bearer, anonymous: false };
  }
}

const covers = ({ asked }: Bearer, { name, namespace }: RepositoryTarget, { scope }: Right): boolean =>
  asked.some(
    (each) =>
      each.name === name &&
      each.namespaceId === namespace.id &&
      (each.actions.includes(scope) || each.actions.includes('*')),
  );

/** Whether the bearer was asked for with this word for a repository of this name, whatever the name stood for then. */
const asksFor = ({ bearer, anonymous }: Caller, name: RepositoryName, scope: ScopeAction): boolean =>
  !anonymous &&
  bearer !== undefined &&
  bearer.asked.some(
    (each) => each.name === name && (each.actions.includes(scope) || each.actions.includes('*')),
  );

interface Refused {
  readonly request: Request;
  readonly caller: Caller;
  readonly name: RepositoryName;
  readonly right: Right;
  /** By the rights of the credential: another token would do. */
  readonly isAllowed: boolean;
  readonly because: string;
}

/**
 * How a request is refused, so that the client shows the sentence that helps. 401 asks it for another token: where one would
 * do, and for pulls and anonymous callers. After 401, docker with containerd and crane show no sentence, so a push that
 * another token would not allow is 403. Clients ask with HEAD before they push, and show nothing of its refusal: where the
 * token is for a push, what may not be read is not there yet, and the push itself is refused. containerd also pulls with
 * HEAD, and stops there; of a 403 it shows the status line, in which the door puts the sentence.
 */
const refusalOf = ({ request, caller, name, right, isAllowed, because }: Refused): RegistryError => {
  const isPush = !isAllowed && asksFor(caller, name, PUSH.scope);
  const isHead = right.scope === PULL.scope && request.method === 'HEAD';
  if (isPush && isHead) return new RegistryError('NAME_UNKNOWN', { reason: because });
  const isPull = isHead && !isAllowed && asksFor(caller, name, PULL.scope);
  const code = isPull || (isPush && right.scope === PUSH.scope) ? 'DENIED' : 'INSUFFICIENT_SCOPE';
  return new RegistryError(code, { message: insufficient(caller, name, right), reason: because });
};

const invalidToken = (reason: string): RegistryError =>
  new RegistryError('UNAUTHORIZED', {
    message: `The token is not valid: ${reason}. Log in again.`,
    reason,
    detail: { invalidToken: true },
  });

/** Says the same whether the namespace is absent, foreign or closed to the caller, and what would help in each case. */
const insufficient = (caller: Caller, name: RepositoryName, { scope }: Right): string => {
  if (caller.anonymous) return ERRORS.UNAUTHORIZED.message;
  const namespace = namespaceOf(name);
  const advice = `You need a policy that allows ${scope} on namespace ${namespace}`;
  const add =
    scope === 'push'
      ? `; if your account has no such namespace yet, add it: tidegate cr namespace-add ${namespace}`
      : '';
  return `${ERRORS.INSUFFICIENT_SCOPE.message} ${advice}${add}.`;
};
