import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { accountOf, type Identity, isIdentity, type Principal } from '../../principal.ts';
import { type Account, accountOfRow } from '../accounts/account.ts';
import { findAccount } from '../accounts/rows.ts';
import type { Activity } from '../activity/activity.ts';
import { type ApiKey, apiKeyOfRow } from '../api-keys/api-key.ts';
import { liveSecret } from '../api-keys/key-secrets.ts';
import { findApiKey } from '../api-keys/rows.ts';
import type { FederatedIdentities } from '../federated-identities/federated-identities.ts';
import type { FederatedSessions } from '../federated-sessions/federated-sessions.ts';
import { entityIdOf } from '../iam-ids.ts';
import type { Issuers } from '../issuers/issuers.ts';
import { findPasswordById } from '../passwords/rows.ts';
import { findProfile, findProfileTrust } from '../profiles/rows.ts';
import type { RegistryTokenMode } from '../registry-tokens/registry-token.ts';
import { findAuthOptions, findRegistryToken } from '../registry-tokens/rows.ts';
import { findServiceId } from '../service-ids/rows.ts';
import { findSession } from '../sessions/rows.ts';
import { type Session, sessionOfRow } from '../sessions/session.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import type { SignIns } from '../sign-ins/sign-ins.ts';
import { findMembership } from '../users/rows.ts';
import { type ChainLink, secretNumberOf } from './credential.ts';
import { expiryFault } from './expiry-fault.ts';

const CACHED = 50_000;

/** What of entities a check of a chain looks at. */
interface OfAccount {
  readonly accountId: string;
}
interface Version {
  readonly entityTag: string;
}
interface Membership {
  readonly isActive: boolean;
  readonly addedAt: number;
}
interface TokenState extends OfAccount {
  readonly regionId: string;
  readonly expiresAt: number | undefined;
}

/** What links of logins at other issuers are looked up in. */
export interface Federation {
  readonly issuers: Issuers;
  readonly federatedSessions: FederatedSessions;
  readonly federatedIdentities: FederatedIdentities;
  readonly signIns: SignIns;
}

/**
 * Whether a principal and everything its credential came from are alive at this moment, so that a revocation counts on the
 * next request. Answers why not, for the log and for those who may know.
 */
export class Liveness {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #activity: Activity;
  readonly #settings: AccountSettings;
  readonly #federation: Federation;
  readonly #keys: LiveCache<ApiKey>;
  readonly #sessions: LiveCache<Session>;
  readonly #tokens: LiveCache<TokenState>;
  readonly #options: LiveCache<{ mode: RegistryTokenMode }>;
  readonly #accounts: LiveCache<Account>;
  readonly #memberships: LiveCache<Membership>;
  readonly #serviceIds: LiveCache<OfAccount>;
  readonly #profiles: LiveCache<OfAccount>;
  readonly #trusts: LiveCache<Version>;
  readonly #passwords: LiveCache<object>;

  constructor(
    database: Database,
    clock: Clock,
    activity: Activity,
    settings: AccountSettings,
    federation: Federation,
  ) {
    this.#federation = federation;
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
      const fault = await this.#linkFault(link, chain, principal);
      if (fault) return fault;
    }
    return this.principalFault(principal);
  }

  async principalFault(principal: Principal): Promise<string | undefined> {
    const accountId = accountOf(principal);
    if (accountId === undefined) return undefined;
    const fault = await this.#accountFault(accountId, principal);
    if (fault || !isIdentity(principal)) return fault;
    return this.#identityFault(principal);
  }

  /** The account's owner is told what the operator said when suspending it. */
  async #accountFault(id: string, asked?: Principal): Promise<string | undefined> {
    const account = await this.account(id);
    if (account?.state === 'ACTIVE') return undefined;
    if (!account) return 'the account does not exist';
    const { stateReason, ownerIamId } = account;
    const isOwner = asked?.kind === 'user' && asked.iamId === ownerIamId;
    return `the account is suspended${isOwner && stateReason !== undefined ? `: ${stateReason}` : ''}`;
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
    return membership && { kind: 'member', id: `${accountId}.${membership.addedAt}.${iamId}` };
  }

  #membership(accountId: string, iamId: string): Promise<Membership | undefined> {
    return this.#memberships.get(`${accountId}/${iamId}`, async () => {
      const row = await findMembership(this.#database.db, accountId, iamId);
      return row && { isActive: row.state === 'ACTIVE', addedAt: row.added_at };
    });
  }

  async #memberFault(accountId: string, iamId: string): Promise<string | undefined> {
    const membership = await this.#membership(accountId, iamId);
    return membership?.isActive ? undefined : 'the user is not an active member of the account';
  }

  async #serviceIdFault(id: string, accountId?: string): Promise<string | undefined> {
    const found = await this.#serviceIds.get(id, async () =>
      ofAccount(await findServiceId(this.#database.db, id)),
    );
    const isThere = found && (accountId === undefined || found.accountId === accountId);
    if (!isThere) return `the service ID ${id} was deleted`;
    // as a link of a chain it may stand in another account than the principal's
    return accountId === undefined ? this.#accountFault(found.accountId) : undefined;
  }

  async #profileFault(id: string, accountId: string): Promise<string | undefined> {
    const found = await this.#profiles.get(id, async () =>
      ofAccount(await findProfile(this.#database.db, id)),
    );
    return found?.accountId === accountId ? undefined : `the trusted profile ${id} was deleted`;
  }

  /** `link` names the trust in the version it had (profile-trust.ts): a changed one is another. */
  async #trustFault(link: string): Promise<string | undefined> {
    const [id = '', tag] = link.split('.');
    const trust = await this.#trusts.get(id, async () => {
      const row = await findProfileTrust(this.#database.db, id);
      return row && { entityTag: row.entity_tag };
    });
    return trust && trust.entityTag === tag ? undefined : 'the trusted profile trusts this identity no more';
  }

  async #passwordFault(id: string): Promise<string | undefined> {
    const found = await this.#passwords.get(id, async () =>
      (await findPasswordById(this.#database.db, id)) ? {} : undefined,
    );
    return found ? undefined : 'the password was changed';
  }

  async #ssoFault(accountId: string | undefined): Promise<string | undefined> {
    if (accountId === undefined || !(await this.#settings.of(accountId)).ssoRequired) return undefined;
    return 'this account lets people in through their identity provider only (sso_required)';
  }

  /** Why the key of a person does not work while their identity provider does not know them. The owner's always does. */
  async #boundKeyFault(id: string): Promise<string | undefined> {
    const key = await this.key(id);
    if (key?.identityKind !== 'user') return undefined;
    const { accountId, iamId } = key;
    if (!(await this.#settings.of(accountId)).keysBoundToSignIn) return undefined;
    if ((await this.account(accountId))?.ownerIamId === iamId) return undefined;
    return this.#federation.federatedIdentities.faultOfPerson(iamId, accountId);
  }

  account(id: string): Promise<Account | undefined> {
    return this.#accounts.get(id, async () => {
      const row = await findAccount(this.#database.db, id);
      return row && accountOfRow(row);
    });
  }

  key(id: string): Promise<ApiKey | undefined> {
    return this.#keys.get(id, async () => {
      const row = await findApiKey(this.#database.db, id);
      return row && apiKeyOfRow(row);
    });
  }

  session(id: string): Promise<Session | undefined> {
    return this.#sessions.get(id, () => this.#readSession(id));
  }

  async #readSession(id: string): Promise<Session | undefined> {
    const row = await findSession(this.#database.db, id);
    return row && sessionOfRow(row);
  }

  /** Who signed in, as the issuer of their token said: for the audit. */
  async claimsOf(chain: readonly ChainLink[]): Promise<Readonly<Record<string, string>> | undefined> {
    const link = chain.find(({ kind }) => kind === 'federated-session');
    return link && (await this.#federation.federatedSessions.find(link.id))?.claims;
  }

  async #linkFault(
    { kind, id }: ChainLink,
    chain: readonly ChainLink[],
    principal: Principal,
  ): Promise<string | undefined> {
    switch (kind) {
      case 'api-key':
        return (await this.#keyFault(id, secretNumberOf(chain))) ?? this.#boundKeyFault(id);
      case 'api-key-secret':
        // checked with its key
        return undefined;
      case 'session':
        return this.#sessionFault(id);
      case 'registry-token':
        return this.#tokenFault(id);
      case 'service-id':
        return this.#serviceIdFault(id);
      case 'profile-trust':
        return this.#trustFault(id);
      case 'password':
        return (await this.#passwordFault(id)) ?? this.#ssoFault(accountOf(principal));
      case 'member':
        return this.#memberLinkFault(id);
      case 'issuer':
        return this.#federation.issuers.linkFault(id, {
          accountId: accountOf(principal),
          isWorkload: chain.some((link) => link.kind === 'federated-session'),
        });
      case 'federated-session':
        return this.#federation.federatedSessions.fault(id);
      case 'sign-in':
        return this.#signInFault(id, accountOf(principal));
    }
  }

  /** Within the bounds of the account that is acted in. */
  async #signInFault(id: string, accountId: string | undefined): Promise<string | undefined> {
    const { signIns, federatedIdentities } = this.#federation;
    const signIn = await signIns.find(id);
    if (!signIn || signIn.endedAt !== undefined) return 'the sign-in at the identity provider was ended';
    return federatedIdentities.faultOfSignIn(signIn.iamId, signIn.federatedIdentityId, accountId);
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
    const token = await this.#tokens.get(id, async () => {
      const row = await findRegistryToken(db, id);
      return (
        row && {
          accountId: row.account_id,
          regionId: row.region_id,
          expiresAt: row.expires_at ?? undefined,
        }
      );
    });
    if (!token) return `the registry token ${id} was removed`;
    const { accountId, regionId } = token;
    const options = await this.#options.get(`${accountId}/${regionId}`, async () => {
      const row = await findAuthOptions(db, accountId, regionId);
      return { mode: row?.registry_tokens ?? 'enabled' };
    });
    if (options?.mode === 'disabled') return 'registry tokens are switched off in this account and region';
    return expiryFault(`the registry token ${id}`, token.expiresAt, this.#clock.now());
  }

  async #keyFault(id: string, secretNumber: number): Promise<string | undefined> {
    const key = await this.key(id);
    if (!key) return `the API key ${id} was deleted`;
    if (key.disabled) return `the API key ${key.name} (${id}) is disabled`;
    const now = this.#clock.now();
    if (!liveSecret(key.secrets, secretNumber, now))
      return `the API key ${key.name} (${id}) was rotated, and this secret of it has ended`;
    return expiryFault(`the API key ${key.name} (${id})`, key.expiresAt, now);
  }

  async #sessionFault(id: string): Promise<string | undefined> {
    const session = await this.session(id);
    if (!session) return 'the session was ended';
    const now = this.#clock.now();
    const { sessionIdle } = await this.#settings.of(session.accountId);
    let awakeUntil = this.#lastUse(session) + sessionIdle;
    // another replica may have seen it in use: activity is written without telling caches, so ask before refusing
    if (awakeUntil <= now) {
      awakeUntil = this.#lastUse((await this.#readSession(id)) ?? session) + sessionIdle;
    }
    return (
      expiryFault(`the session, unused for ${sessionIdle / 60_000} minutes,`, awakeUntil, now) ??
      expiryFault('the session', session.expiresAt, now)
    );
  }

  #lastUse({ id, lastActiveAt: written }: Session): number {
    return Math.max(written, this.#activity.lastSessionUse(id) ?? 0);
  }
}

const ofAccount = (row: { account_id: string } | undefined): OfAccount | undefined =>
  row && { accountId: row.account_id };
