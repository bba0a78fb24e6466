import type { Clock } from '../clock.ts';
import { findAccount } from '../metadata/accounts.ts';
import type { Metadata } from '../metadata/database.ts';
import { LiveCache } from '../metadata/live-cache.ts';
import { findRegistryToken } from '../metadata/registry-tokens.ts';
import type { AccountRow, RegistryTokenRow } from '../metadata/schema.ts';
import type { Principal } from '../principal.ts';
import { type Action, actionsOf, type Resource } from './actions.ts';
import type { Attribute } from './attributes.ts';
import { type Decision, decide } from './decide.ts';
import { type GrantIndex, indexGrants } from './grants.ts';

/** Gathers what a principal holds now, and decides. */
export class Access {
  readonly #metadata: Metadata;
  readonly #clock: Clock;
  readonly #accounts: LiveCache<{ owner: string; grants: GrantIndex }>;
  readonly #tokens: LiveCache<{ accountId: string; grants: GrantIndex }>;

  constructor(metadata: Metadata, clock: Clock) {
    this.#metadata = metadata;
    this.#clock = clock;
    this.#tokens = new LiveCache(metadata, ['registry-token'], 10_000);
    this.#accounts = new LiveCache(metadata, ['account'], 10_000);
  }

  async decide(principal: Principal, action: Action, resource: Resource): Promise<Decision> {
    return decide(principal, action, resource, await this.#grantsOf(principal), this.#clock.now());
  }

  async #grantsOf(principal: Principal): Promise<GrantIndex> {
    if (principal.kind === 'registry-token') return (await this.#tokenGrants(principal)) ?? NOTHING;
    if (principal.kind !== 'user') return NOTHING;
    const { accountId } = principal;
    const holder = await this.#accounts.get(accountId, async () =>
      ownerOf(await findAccount(this.#metadata.db, accountId)),
    );
    return holder?.owner === principal.iamId ? holder.grants : NOTHING;
  }

  /** A registry token ignores policies: pull, or pull and push, in its account and region, and nothing else ever. */
  async #tokenGrants({ id, accountId }: { id: string; accountId: string }): Promise<GrantIndex | undefined> {
    const held = await this.#tokens.get(id, async () =>
      tokenHolds(await findRegistryToken(this.#metadata.db, id)),
    );
    return held?.accountId === accountId ? held.grants : undefined;
  }
}

const NOTHING = indexGrants([]);

/** The account's owner holds Administrator and Manager by a grant that cannot be removed (blueprint section 7). */
const OWNER_ROLES = ['Administrator', 'Manager'] as const;

const ownerOf = (account: AccountRow | undefined): { owner: string; grants: GrantIndex } | undefined =>
  account && {
    owner: account.owner_iam_id,
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
