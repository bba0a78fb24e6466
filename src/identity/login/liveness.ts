import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { PasswordRow, ProfileRow, ProfileTrustRow, ServiceIdRow } from '../../database/iam-schema.ts';
import { LiveCache } from '../../database/live-cache.ts';
import type {
  AccountRow,
  ApiKeyRow,
  MembershipRow,
  RegistryTokenMode,
  RegistryTokenRow,
  SessionRow,
} from '../../database/schema.ts';
import { accountOf, type Identity, isIdentity, type Principal } from '../../principal.ts';
import { findAccount } from '../accounts/rows.ts';
import type { Activity } from '../activity/activity.ts';
import { findApiKey } from '../api-keys/rows.ts';
import { entityIdOf } from '../iam-ids.ts';
import { findPasswordById } from '../passwords/rows.ts';
import { findProfile, findProfileTrust } from '../profiles/rows.ts';
import { findAuthOptions, findRegistryToken } from '../registry-tokens/rows.ts';
import { findServiceId } from '../service-ids/rows.ts';
import { findSession } from '../sessions/rows.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import { findMembership } from '../users/rows.ts';
import type { ChainLink } from './credential.ts';

const CACHED = 50_000;

/**
 * Whether a principal and everything its credential came from are alive at this moment (P1). Answers the reason when
 * one is not, for the log and for those allowed to know.
 */
export class Liveness {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #activity: Activity;
  readonly #settings: AccountSettings;
  readonly #keys: LiveCache<ApiKeyRow>;
  readonly #sessions: LiveCache<SessionRow>;
  readonly #tokens: LiveCache<RegistryTokenRow>;
  readonly #options: LiveCache<{ mode: RegistryTokenMode }>;
  readonly #accounts: LiveCache<AccountRow>;
  readonly #memberships: LiveCache<MembershipRow>;
  readonly #serviceIds: LiveCache<ServiceIdRow>;
  readonly #profiles: LiveCache<ProfileRow>;
  readonly #trusts: LiveCache<ProfileTrustRow>;
  readonly #passwords: LiveCache<PasswordRow>;

  constructor(database: Database, clock: Clock, activity: Activity, settings: AccountSettings) {
    this.#database = database;
    this.#clock = clock;
    this.#activity = activity;
    this.#settings = settings;
    this.#keys = new LiveCache(database, ['api-key'], CACHED);
    this.#sessions = new LiveCache(database, ['session'], CACHED);
    this.#tokens = new LiveCache(database, ['registry-token'], CACHED);
    this.#options = new LiveCache(database, ['auth-options'], CACHED);
    this.#accounts = new LiveCache(database, ['account'], CACHED);
    this.#memberships = new LiveCache(database, ['membership'], CACHED);
    this.#serviceIds = new LiveCache(database, ['service-id'], CACHED);
    this.#profiles = new LiveCache(database, ['profile'], CACHED);
    this.#trusts = new LiveCache(database, ['profile-trust'], CACHED);
    this.#passwords = new LiveCache(database, ['password'], CACHED);
  }

  /** Undefined when alive, else why not. */
  async fault(principal: Principal, chain: readonly ChainLink[]): Promise<string | undefined> {
    for (const link of chain) {
      const fault = await this.#linkFault(link);
      if (fault) return fault;
    }
    return this.principalFault(principal);
  }

  async principalFault(principal: Principal): Promise<string | undefined> {
    const accountId = accountOf(principal);
    if (accountId === undefined) return undefined;
    const fault = await this.#accountFault(accountId);
    if (fault || !isIdentity(principal)) return fault;
    return this.#identityFault(principal);
  }

  async #accountFault(id: string): Promise<string | undefined> {
    const account = await this.account(id);
    if (account?.state === 'ACTIVE') return undefined;
    return account ? 'the account is suspended' : 'the account does not exist';
  }

  #identityFault({ kind, iamId, accountId }: Identity): Promise<string | undefined> {
    if (kind === 'service-id') return this.#serviceIdFault(entityIdOf(iamId), accountId);
    if (kind === 'profile') return this.#profileFault(entityIdOf(iamId), accountId);
    return this.#memberFault(accountId, iamId);
  }

  /** Why a chain's session is over, or undefined while it lives or there is none. */
  async sessionFault(chain: readonly ChainLink[]): Promise<string | undefined> {
    for (const { kind, id } of chain) {
      const fault = kind === 'session' ? await this.#sessionFault(id) : undefined;
      if (fault) return fault;
    }
    return undefined;
  }

  /** Stands for a user's membership of now: a later one, after it ended, is another. Undefined for no member. */
  async memberLink(accountId: string, iamId: string): Promise<ChainLink | undefined> {
    const membership = await this.#membership(accountId, iamId);
    return membership && { kind: 'member', id: `${accountId}.${membership.added_at}.${iamId}` };
  }

  #membership(accountId: string, iamId: string): Promise<MembershipRow | undefined> {
    return this.#memberships.get(`${accountId}/${iamId}`, () =>
      findMembership(this.#database.db, accountId, iamId),
    );
  }

  async #memberFault(accountId: string, iamId: string): Promise<string | undefined> {
    const membership = await this.#membership(accountId, iamId);
    return membership?.state === 'ACTIVE' ? undefined : 'the user is not an active member of the account';
  }

  async #serviceIdFault(id: string, accountId?: string): Promise<string | undefined> {
    const row = await this.#serviceIds.get(id, () => findServiceId(this.#database.db, id));
    const isThere = row && (accountId === undefined || row.account_id === accountId);
    if (!isThere) return `the service ID ${id} was deleted`;
    // as a link of a chain it may stand in another account than the principal's
    return accountId === undefined ? this.#accountFault(row.account_id) : undefined;
  }

  async #profileFault(id: string, accountId: string): Promise<string | undefined> {
    const row = await this.#profiles.get(id, () => findProfile(this.#database.db, id));
    return row?.account_id === accountId ? undefined : `the trusted profile ${id} was deleted`;
  }

  /** `link` names the trust in the version it had (profile-trust.ts): a changed one is another. */
  async #trustFault(link: string): Promise<string | undefined> {
    const [id = '', tag] = link.split('.');
    const row = await this.#trusts.get(id, () => findProfileTrust(this.#database.db, id));
    return row && row.entity_tag === tag ? undefined : 'the trusted profile trusts this identity no more';
  }

  async #passwordFault(id: string): Promise<string | undefined> {
    const row = await this.#passwords.get(id, () => findPasswordById(this.#database.db, id));
    return row ? undefined : 'the password was changed';
  }

  account(id: string): Promise<AccountRow | undefined> {
    return this.#accounts.get(id, () => findAccount(this.#database.db, id));
  }

  key(id: string): Promise<ApiKeyRow | undefined> {
    return this.#keys.get(id, () => findApiKey(this.#database.db, id));
  }

  session(id: string): Promise<SessionRow | undefined> {
    return this.#sessions.get(id, () => findSession(this.#database.db, id));
  }

  #linkFault({ kind, id }: ChainLink): Promise<string | undefined> {
    switch (kind) {
      case 'api-key':
        return this.#keyFault(id);
      case 'session':
        return this.#sessionFault(id);
      case 'registry-token':
        return this.#tokenFault(id);
      case 'service-id':
        return this.#serviceIdFault(id);
      case 'profile-trust':
        return this.#trustFault(id);
      case 'password':
        return this.#passwordFault(id);
      case 'member':
        return this.#memberLinkFault(id);
    }
  }

  async #memberLinkFault(id: string): Promise<string | undefined> {
    const [accountId = '', , ...rest] = id.split('.');
    const iamId = rest.join('.');
    const link = await this.memberLink(accountId, iamId);
    if (link?.id !== id) return 'the user left the account meanwhile';
    return this.principalFault({ kind: 'user', accountId, iamId });
  }

  async #tokenFault(id: string): Promise<string | undefined> {
    const { db } = this.#database;
    const token = await this.#tokens.get(id, () => findRegistryToken(db, id));
    if (!token) return `the registry token ${id} was removed`;
    const { account_id: accountId, region_id: regionId } = token;
    const options = await this.#options.get(`${accountId}/${regionId}`, async () => {
      const row = await findAuthOptions(db, accountId, regionId);
      return { mode: row?.registry_tokens ?? 'enabled' };
    });
    if (options?.mode === 'disabled') return 'registry tokens are switched off in this account and region';
    return expiryFault(`the registry token ${id}`, token.expires_at, this.#clock.now());
  }

  async #keyFault(id: string): Promise<string | undefined> {
    const key = await this.key(id);
    if (!key) return `the API key ${id} was deleted`;
    if (key.disabled) return `the API key ${key.name} (${id}) is disabled`;
    return expiryFault(`the API key ${key.name} (${id})`, key.expires_at, this.#clock.now());
  }

  async #sessionFault(id: string): Promise<string | undefined> {
    const session = await this.session(id);
    if (!session) return 'the session was ended';
    const now = this.#clock.now();
    const { sessionIdle } = await this.#settings.of(session.account_id);
    let awakeUntil = this.#lastUse(session) + sessionIdle;
    // another replica may have seen it in use: activity is written without telling caches, so ask before refusing
    if (awakeUntil <= now) {
      awakeUntil = this.#lastUse((await findSession(this.#database.db, id)) ?? session) + sessionIdle;
    }
    return (
      expiryFault(`the session, unused for ${sessionIdle / 60_000} minutes,`, awakeUntil, now) ??
      expiryFault('the session', session.expires_at, now)
    );
  }

  #lastUse({ id, last_active_at: written }: SessionRow): number {
    return Math.max(written, this.#activity.lastSessionUse(id) ?? 0);
  }
}

/** "the API key ci expired 3 h ago", or undefined while `expiresAt` lies ahead or never comes. */
export const expiryFault = (
  what: string,
  expiresAt: number | null | undefined,
  now: number,
): string | undefined => {
  if (expiresAt === null || expiresAt === undefined || expiresAt > now) return undefined;
  const minutes = Math.floor((now - expiresAt) / 60_000);
  const ago =
    minutes < 1 ? 'just now' : minutes < 120 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`;
  return `${what} expired ${ago}`;
};
