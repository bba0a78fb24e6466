import { findAccount } from '../metadata/accounts.ts';
import type { Metadata } from '../metadata/database.ts';
import { LiveCache } from '../metadata/live-cache.ts';
import type { AccountRow } from '../metadata/schema.ts';
import { accountOf, type Principal } from '../principal.ts';
import type { Action, Resource } from './actions.ts';
import { type Decision, decide, type Grant } from './decide.ts';

/** Gathers what a principal holds now, and decides. */
export class Access {
  readonly #metadata: Metadata;
  readonly #accounts: LiveCache<AccountRow>;

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
    this.#accounts = new LiveCache(metadata, ['account'], 10_000);
  }

  async decide(principal: Principal, action: Action, resource: Resource): Promise<Decision> {
    return decide(principal, action, resource, await this.#grantsOf(principal));
  }

  /** The account's owner holds Administrator and Manager by a grant that cannot be removed (blueprint section 7). */
  async #grantsOf(principal: Principal): Promise<Grant[]> {
    const accountId = accountOf(principal);
    if (principal.kind !== 'user' || accountId === undefined) return [];
    const account = await this.#accounts.get(accountId, () => findAccount(this.#metadata.db, accountId));
    if (account?.owner_iam_id !== principal.iamId) return [];
    return OWNER_ROLES.map((role) => ({ role, accountId, source: "being the account's owner" }));
  }
}

const OWNER_ROLES = ['Administrator', 'Manager'] as const;
