import { findAccount } from '../metadata/accounts.ts';
import type { Metadata } from '../metadata/database.ts';
import { LiveCache } from '../metadata/live-cache.ts';
import { findRegistryToken } from '../metadata/registry-tokens.ts';
import type { AccountRow, RegistryTokenRow } from '../metadata/schema.ts';
import type { Principal } from '../principal.ts';
import type { Action, Resource } from './actions.ts';
import { type Decision, decide, type Grant } from './decide.ts';

/** Gathers what a principal holds now, and decides. */
export class Access {
  readonly #metadata: Metadata;
  readonly #accounts: LiveCache<AccountRow>;
  readonly #tokens: LiveCache<RegistryTokenRow>;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
    this.#tokens = new LiveCache(metadata, ['registry-token'], 10_000);
    this.#accounts = new LiveCache(metadata, ['account'], 10_000);
  }

  async decide(principal: Principal, action: Action, resource: Resource): Promise<Decision> {
    return decide(principal, action, resource, await this.#grantsOf(principal));
  }

  /** The account's owner holds Administrator and Manager by a grant that cannot be removed (blueprint section 7). */
  async #grantsOf(principal: Principal): Promise<Grant[]> {
    if (principal.kind === 'registry-token') return this.#tokenGrants(principal);
    if (principal.kind !== 'user') return [];
    const { accountId } = principal;
    const account = await this.#accounts.get(accountId, () => findAccount(this.#metadata.db, accountId));
    if (account?.owner_iam_id !== principal.iamId) return [];
    return OWNER_ROLES.map((holds) => ({ holds, accountId, source: `${holds}, as the account's owner` }));
  }

  /** A registry token ignores policies: pull, or pull and push, in its account and region, and nothing else ever. */
  async #tokenGrants({ id, accountId }: { id: string; accountId: string }): Promise<Grant[]> {
    const row = await this.#tokens.get(id, () => findRegistryToken(this.#metadata.db, id));
    if (row?.account_id !== accountId) return [];
    const narrowed = row.namespace_id === null ? {} : { namespaceId: row.namespace_id };
    const holds = row.readonly ? TOKEN_PULL : TOKEN_PULL_AND_PUSH;
    return [{ holds, accountId, regionId: row.region_id, ...narrowed, source: `registry token ${id}` }];
  }
}

const TOKEN_PULL: readonly Action[] = ['container-registry.image.pull'];
const TOKEN_PULL_AND_PUSH: readonly Action[] = [...TOKEN_PULL, 'container-registry.image.push'];

const OWNER_ROLES = ['Administrator', 'Manager'] as const;
