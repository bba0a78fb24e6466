import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import type { Log } from '../../observe/log.ts';
import { isIdentity, type Principal } from '../../principal.ts';
import { Turns } from '../../turns.ts';
import { type Action, actionsOf, type Resource } from '../actions/actions.ts';
import {
  type AccountOwner,
  findOwner,
  findTokenReach,
  isTrustedAbroad,
  type TokenReach,
} from '../identities.ts';
import type { Attribute } from './attributes.ts';
import { DECISION_STEPS, type Decision, decide, type Holdings } from './decide.ts';
import {
  anyOf,
  type GrantIndex,
  indexGrants,
  type NamePart,
  type NamespaceResource,
  NOTHING,
} from './grants.ts';
import { Pauses } from './pauses.ts';
import { NO_PEOPLE } from './people.ts';
import { RuledGroups } from './ruled-groups.ts';
import { Steps } from './steps.ts';
import { Subjects } from './subjects.ts';

/** Together they are all services but the operator's own. */
const SERVICE_TYPES = ['service', 'platform_service'];
const LIST_STEPS = 4_000_000;
/** What an entry of a list costs beside its comparisons. */
const STEPS_PER_ENTRY = 500;
/** A decision over more characters of patterns waits for its turn: it may take more than a tenth of a millisecond. */
const LIGHT_PATTERNS = 4000;
/** What all questions of one request about whole scopes may take: then `governs` says no. */
const GOVERNING_STEPS = 4_000_000;

/** The work of one request that asks which scopes a principal governs. */
export interface Governing {
  readonly steps: Steps;
  readonly pauses: Pauses;
}

/** Gathers what a principal holds now, and decides. */
export class Access {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #subjects: Subjects;
  readonly #owners: LiveCache<{ iamId: string; grants: GrantIndex }>;
  readonly #tokens: LiveCache<{ accountId: string; grants: GrantIndex }>;
  readonly #turns = new Turns();

  constructor(
    database: Database,
    clock: Clock,
    log?: Pick<Log, 'warn'>,
    ruled = new RuledGroups(database, clock, NO_PEOPLE),
  ) {
    this.#database = database;
    this.#clock = clock;
    this.#subjects = new Subjects(database, clock, ruled, log);
    this.#tokens = new LiveCache(database, ['registry-token'], 10_000);
    this.#owners = new LiveCache(database, ['account'], 10_000);
  }

  decide(principal: Principal, action: Action, resource: Resource): Promise<Decision> {
    return this.#decide(principal, action, resource, new Steps(DECISION_STEPS));
  }

  /** The steps one list may take, for `allowedOf`: about 20 milliseconds, in turns. */
  listSteps(): Steps {
    return new Steps(LIST_STEPS);
  }

  /**
   * Those of a list that a principal may do something to, in order, until there are `most` of them or the list's steps are
   * used up. At least one entry is decided on.
   */
  async allowedOf<Item>(
    principal: Principal,
    action: Action,
    items: readonly Item[],
    { resourceOf, most, steps }: { resourceOf: (item: Item) => Resource; most: number; steps: Steps },
  ): Promise<Item[]> {
    const allowed: Item[] = [];
    const [first] = items;
    if (first === undefined) return allowed;
    const pauses = new Pauses(this.#turns, resourceOf(first).accountId);
    for (const item of items) {
      const own = new Steps(DECISION_STEPS);
      if ((await this.#decide(principal, action, resourceOf(item), own)).allowed) allowed.push(item);
      if (allowed.length >= most || !steps.take(STEPS_PER_ENTRY + own.taken)) break;
      await pauses.after(steps.taken);
    }
    return allowed;
  }

  /** On which repositories of a namespace an action is allowed: on all, or on some in these parts, to be decided on each. */
  async reachIn(
    principal: Principal,
    action: Action,
    namespace: NamespaceResource,
  ): Promise<'all' | readonly NamePart[]> {
    if ((await this.decide(principal, action, namespace)).allowed) return 'all';
    const steps = new Steps(DECISION_STEPS);
    return this.#inTurn(principal, namespace.accountId, ({ own, everyone }) =>
      [everyone, own].flatMap((index) => {
        steps.renew();
        return index.partsOf(action, namespace, this.#clock.now(), steps);
      }),
    );
  }

  /** Whether anything that a principal holds in an account names a tag. */
  async namesTags(principal: Principal, accountId: string): Promise<boolean> {
    const { own, everyone } = await this.#holdings(principal, accountId);
    return own.namesTags || everyone.namesTags;
  }

  /** On which tags of a repository an action may be allowed, where it is not on the repository: to be decided on each. */
  async tagPartsOf(principal: Principal, action: Action, repository: Resource): Promise<readonly NamePart[]> {
    const { accountId } = repository;
    if (!(await this.namesTags(principal, accountId))) return [];
    const steps = new Steps(DECISION_STEPS);
    return this.#inTurn(principal, accountId, ({ own, everyone }) =>
      [everyone, own].flatMap((index) => {
        steps.renew();
        return index.tagPartsOf(action, repository, this.#clock.now(), steps);
      }),
    );
  }

  /** The steps and turns of one request, for `governs`: about 20 milliseconds. */
  governing(accountId: string): Governing {
    return { steps: new Steps(GOVERNING_STEPS), pauses: new Pauses(this.#turns, accountId) };
  }

  /**
   * Whether a principal may hand on rights over these scopes in an account. Each scope is the attributes of a policy, and
   * the principal must be Administrator over the whole of each, without a time limit. So no identity gets rights that an
   * Administrator over them did not give. An empty list is allowed. Who asks several times for one request hands over the
   * same `work` each time; where its steps are exhausted, not all was looked at.
   */
  async governs(
    principal: Principal,
    accountId: string,
    scopes: readonly (readonly Attribute[])[],
    work = this.governing(accountId),
  ): Promise<Decision> {
    if (!isIdentity(principal) || principal.accountId !== accountId)
      return { allowed: false, because: 'the resource belongs to another account' };
    const { steps, pauses } = work;
    for (const scope of scopes) {
      await pauses.after(steps.taken);
      const own = await this.#grantsOf(principal);
      if (await covers(own.covering('iam-access-management.policy.create', scope, steps), work)) continue;
      if (steps.exhausted) return { allowed: false, because: TOO_MANY };
      return { allowed: false, because: `Administrator over all of ${print(scope)} is needed` };
    }
    return { allowed: true, because: 'Administrator over all it reaches' };
  }

  /**
   * Whether there is anything in an account that a principal may do this to: for buttons that make something, whose place is
   * chosen afterwards. What is made is decided on by itself.
   */
  async allowsAnywhere(principal: Principal, action: Action, accountId: string): Promise<Decision> {
    const steps = new Steps(DECISION_STEPS);
    const allowed = await this.#inTurn(principal, accountId, ({ own, everyone }) =>
      [own, everyone].some((index) => index.isOnAnything(action, accountId, this.#clock.now(), steps)),
    );
    return { allowed, because: allowed ? 'allowed on something' : 'allowed on nothing in the account' };
  }

  /**
   * Everything an identity or group reaches, as scopes for `governs`. The account's owner reaches the whole account. An
   * identity that a profile of another account trusts counts as reaching every service of its own account: that
   * account cannot see what it reaches in the other one.
   */
  async reachOf(accountId: string, subject: string): Promise<readonly (readonly Attribute[])[]> {
    const scopes = await this.#subjects.reachOf(accountId, subject);
    const owner = await this.#owner(accountId);
    if (owner?.iamId === subject) return [...scopes, [equal('accountId', accountId)]];
    if (!(await isTrustedAbroad(this.#database.db, accountId, subject))) return scopes;
    const every = SERVICE_TYPES.map((type) => [equal('accountId', accountId), equal('serviceType', type)]);
    return [...scopes, ...every];
  }

  /** Whether a principal governs everything an identity or group reaches. */
  async governsReachOf(
    principal: Principal,
    accountId: string,
    subject: string,
    work: Governing,
  ): Promise<Decision> {
    const governed = await this.governs(principal, accountId, await this.reachOf(accountId, subject), work);
    if (governed.allowed || !(await isTrustedAbroad(this.#database.db, accountId, subject))) return governed;
    // no account sees the trusts of another one: so this is told to who may act on the identity
    const because = `${governed.because}, and a trusted profile of another account trusts ${subject}`;
    return { allowed: false, because };
  }

  /**
   * On what the policies are that name an identity or group itself, as scopes for `governs`: deleting it deletes them, and
   * so needs what deleting them needs. Not what it reaches through its groups, which stays.
   */
  policyScopesOf(accountId: string, subject: string): Promise<readonly (readonly Attribute[])[]> {
    return this.#subjects.policyScopesOf(accountId, subject);
  }

  #decide(principal: Principal, action: Action, resource: Resource, steps: Steps): Promise<Decision> {
    return this.#inTurn(principal, resource.accountId, (holdings) =>
      decide(principal, action, resource, holdings, this.#clock.now(), steps),
    );
  }

  /** Answers from what is held now; where that takes long, from what is held when its turn comes. */
  async #inTurn<Answer>(
    principal: Principal,
    accountId: string,
    answer: (holdings: Holdings) => Answer,
  ): Promise<Answer> {
    const holdings = await this.#holdings(principal, accountId);
    if (holdings.own.patterns + holdings.everyone.patterns <= LIGHT_PATTERNS) return answer(holdings);
    return this.#turns.take(accountId, async () => answer(await this.#holdings(principal, accountId)));
  }

  async #holdings(principal: Principal, accountId: string): Promise<Holdings> {
    const own = await this.#grantsOf(principal);
    // Public Access covers signed-in identities and anonymous callers, not registry tokens
    const everyone =
      principal.kind === 'registry-token' ? NOTHING : await this.#subjects.ofEveryone(accountId);
    return { own, everyone };
  }

  async #grantsOf(principal: Principal): Promise<GrantIndex> {
    if (principal.kind === 'registry-token') return (await this.#tokenGrants(principal)) ?? NOTHING;
    if (!isIdentity(principal)) return NOTHING;
    const { accountId, iamId } = principal;
    const held = await this.#subjects.ofIdentity(accountId, iamId);
    const owner = principal.kind === 'user' ? await this.#owner(accountId) : undefined;
    return owner?.iamId === iamId ? anyOf([owner.grants, held]) : held;
  }

  #owner(accountId: string): Promise<{ iamId: string; grants: GrantIndex } | undefined> {
    return this.#owners.get(accountId, async () => ownerHolds(await findOwner(this.#database.db, accountId)));
  }

  /** A registry token does not use policies. It gives pull, or pull and push, in its account and region. */
  async #tokenGrants({ id, accountId }: { id: string; accountId: string }): Promise<GrantIndex | undefined> {
    const held = await this.#tokens.get(id, async () =>
      tokenHolds(id, await findTokenReach(this.#database.db, id)),
    );
    return held?.accountId === accountId ? held.grants : undefined;
  }
}

/** Looks to the end, and gives others their turn meanwhile. */
const covers = async (
  look: ReturnType<GrantIndex['covering']>,
  { steps, pauses }: Governing,
): Promise<boolean> => {
  for (;;) {
    const { done, value } = look.next();
    if (done) return value !== undefined;
    const pause = pauses.after(steps.taken);
    if (pause) await pause;
  }
};

/** The account's owner holds these roles by a grant that cannot be removed. */
const OWNER_ROLES = ['Administrator', 'Manager'] as const;

const ownerHolds = (owner: AccountOwner | undefined): { iamId: string; grants: GrantIndex } | undefined =>
  owner && {
    iamId: owner.iamId,
    grants: indexGrants(
      OWNER_ROLES.map((role) => ({
        actions: actionsOf(role),
        attributes: [equal('accountId', owner.accountId)],
        source: `${role}, as the account's owner`,
      })),
    ),
  };

const tokenHolds = (
  id: string,
  reach: TokenReach | undefined,
): { accountId: string; grants: GrantIndex } | undefined =>
  reach && {
    accountId: reach.accountId,
    grants: indexGrants([
      {
        actions: new Set(reach.readOnly ? TOKEN_PULL : TOKEN_PULL_AND_PUSH),
        attributes: [
          equal('accountId', reach.accountId),
          equal('regionId', reach.regionId),
          ...(reach.namespaceId === undefined ? [] : [equal('namespaceId', reach.namespaceId)]),
        ],
        source: `registry token ${id}`,
      },
    ]),
  };

const TOKEN_PULL: readonly Action[] = ['container-registry.image.pull'];
const TOKEN_PULL_AND_PUSH: readonly Action[] = [...TOKEN_PULL, 'container-registry.image.push'];

const TOO_MANY =
  'more policies are reached than one request can decide on; delete policies first, or ask for less at once';

const equal = (key: string, value: string): Attribute => ({ key, operator: 'stringEquals', value });

const print = (scope: readonly Attribute[]): string =>
  scope.map(({ key, value }) => `${key}=${value}`).join(', ');
