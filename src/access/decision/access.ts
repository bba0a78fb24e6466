import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import type { AccountRow, RegistryTokenRow } from '../../database/schema.ts';
import { findAccount } from '../../identity/accounts/rows.ts';
import { findRegistryToken } from '../../identity/registry-tokens/rows.ts';
import { isIdentity, type Principal } from '../../principal.ts';
import { type Action, actionsOf, type Resource } from '../actions/actions.ts';
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
    // what is for everyone is for identities and for nobody, not for a credential narrowed to less
    const everyone =
      principal.kind === 'registry-token' ? NOTHING : await this.#subjects.ofEveryone(resource.accountId);
    return decide(principal, action, resource, { own, everyone }, this.#clock.now());
  }

  /**
   * Whether a principal may hand on rights over these scopes in an account, each the attributes of a policy: only
   * Administrator over the whole of each may (blueprint section 7: nobody climbs). No scope at all is allowed.
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
    return this.#owners.get(accountId, async () => ownerOf(await findAccount(this.#database.db, accountId)));
  }

  /** A registry token ignores policies: pull, or pull and push, in its account and region, and nothing else ever. */
  async #tokenGrants({ id, accountId }: { id: string; accountId: string }): Promise<GrantIndex | undefined> {
    const held = await this.#tokens.get(id, async () =>
      tokenHolds(await findRegistryToken(this.#database.db, id)),
    );
    return held?.accountId === accountId ? held.grants : undefined;
  }
}

/** The account's owner holds Administrator and Manager by a grant that cannot be removed (blueprint section 7). */
const OWNER_ROLES = ['Administrator', 'Manager'] as const;

const ownerOf = (account: AccountRow | undefined): { iamId: string; grants: GrantIndex } | undefined =>
  account && {
    iamId: account.owner_iam_id,
    grants: indexGrants(
      OWNER_ROLES.map((role) => ({
        actions: actionsOf(role),
        attributes: [equal('accountId', account.id)],
        source: `${role}, as the account's owner`,
      })),
    ),
  };

const tokenHolds = (
  row: RegistryTokenRow | undefined,
): { accountId: string; grants: GrantIndex } | undefined =>
  row && {
    accountId: row.account_id,
    grants: indexGrants([
      {
        actions: new Set(row.readonly ? TOKEN_PULL : TOKEN_PULL_AND_PUSH),
        attributes: [
          equal('accountId', row.account_id),
          equal('regionId', row.region_id),
          ...(row.namespace_id === null ? [] : [equal('namespaceId', row.namespace_id)]),
        ],
        source: `registry token ${row.id}`,
      },
    ]),
  };

const TOKEN_PULL: readonly Action[] = ['container-registry.image.pull'];
const TOKEN_PULL_AND_PUSH: readonly Action[] = [...TOKEN_PULL, 'container-registry.image.push'];

const equal = (key: string, value: string): Attribute => ({ key, operator: 'stringEquals', value });

const print = (scope: readonly Attribute[]): string =>
  scope.map(({ key, value }) => `${key}=${value}`).join(', ');
