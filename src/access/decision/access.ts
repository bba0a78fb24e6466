import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { isIdentity, type Principal } from '../../principal.ts';
import { type Action, actionsOf, type Resource } from '../actions/actions.ts';
import { type AccountOwner, findOwner, findTokenReach, type TokenReach } from '../identities.ts';
import type { Attribute } from './attributes.ts';
import { type Decision, decide } from './decide.ts';
import { anyOf, type GrantIndex, indexGrants, NOTHING } from './grants.ts';
import { Subjects } from './subjects.ts';

/** Gathers what a principal holds now, and decides. */
export class Access {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #subjects: Subjects;
  readonly #owners: LiveCache<{ iamId: string; grants: GrantIndex }>;
  readonly #tokens: LiveCache<{ accountId: string; grants: GrantIndex }>;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    this.#subjects = new Subjects(database);
    this.#tokens = new LiveCache(database, ['registry-token'], 10_000);
    this.#owners = new LiveCache(database, ['account'], 10_000);
  }

  async decide(principal: Principal, action: Action, resource: Resource): Promise<Decision> {
    const own = await this.#grantsOf(principal);
    // Public Access covers signed-in identities and anonymous callers, not registry tokens
    const everyone =
      principal.kind === 'registry-token' ? NOTHING : await this.#subjects.ofEveryone(resource.accountId);
    return decide(principal, action, resource, { own, everyone }, this.#clock.now());
  }

  /**
   * Whether a principal may hand on rights over these scopes in an account. Each scope is the attributes of a policy, and
   * the principal must be Administrator over the whole of each, without a time limit. So no identity gets rights that an
   * Administrator over them did not give. An empty list is allowed.
   */
  async governs(
    principal: Principal,
    accountId: string,
    scopes: readonly (readonly Attribute[])[],
  ): Promise<Decision> {
    if (!isIdentity(principal) || principal.accountId !== accountId)
      return { allowed: false, because: 'the resource belongs to another account' };
    const own = await this.#grantsOf(principal);
    for (const scope of scopes) {
      if (own.covering('iam-access-management.policy.create', scope)) continue;
      return { allowed: false, because: `Administrator over all of ${print(scope)} is needed` };
    }
    return { allowed: true, because: 'Administrator over all it reaches' };
  }

  /** Everything an identity or group reaches, as scopes for `governs`. The account's owner reaches the whole account. */
  async reachOf(accountId: string, subject: string): Promise<readonly (readonly Attribute[])[]> {
    const scopes = await this.#subjects.reachOf(accountId, subject);
    const owner = await this.#owner(accountId);
    return owner?.iamId === subject ? [...scopes, [equal('accountId', accountId)]] : scopes;
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

  /** A registry token ignores policies: pull, or pull and push, in its account and region, and nothing else ever. */
  async #tokenGrants({ id, accountId }: { id: string; accountId: string }): Promise<GrantIndex | undefined> {
    const held = await this.#tokens.get(id, async () =>
      tokenHolds(id, await findTokenReach(this.#database.db, id)),
    );
    return held?.accountId === accountId ? held.grants : undefined;
  }
}

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

const equal = (key: string, value: string): Attribute => ({ key, operator: 'stringEquals', value });

const print = (scope: readonly Attribute[]): string =>
  scope.map(({ key, value }) => `${key}=${value}`).join(', ');
