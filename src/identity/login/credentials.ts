import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { ERRORS, type ErrorCode, RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { Activity } from '../activity/activity.ts';
import type { ApiKey } from '../api-keys/api-key.ts';
import { keyOfHash } from '../api-keys/api-keys.ts';
import { type KeySecret, liveSecret } from '../api-keys/key-secrets.ts';
import type { MasterKey } from '../master-key.ts';
import type { OneTimeCodes } from '../one-time-codes/one-time-codes.ts';
import type { GivenPassword, Passwords } from '../passwords/passwords.ts';
import type { RegistryTokens } from '../registry-tokens/registry-tokens.ts';
import { CONSOLE_CLIENT, type RefreshCredential, type RefreshTokens } from '../sessions/refresh-tokens.ts';
import type { Users } from '../users/users.ts';
import type { AccessTokens } from './access-tokens.ts';
import { type Credential, type LinkKind, refusedOf } from './credential.ts';
import { expiryFault } from './expiry-fault.ts';
import type { Arrival, FederatedLogins } from './federated-logins.ts';
import { type LetIn, parseLetIn } from './let-in.ts';
import type { Liveness } from './liveness.ts';
import type { ProfileLogins, ProfileNamed } from './profile-logins.ts';

/** Enough for the longest real secret; nothing longer can be one of ours, so it is not even hashed. */
const LONGEST_SECRET = 8192;

/** The secret kinds docker login may name by its user name as IBM's registry has them. */
const LOGIN_NAMES = ['iamapikey', 'iambearer', 'iamrefresh', 'token'] as const;
/** A trusted profile as user name, by its id or by name and account. The password is an API key of an identity it trusts, or a token of an issuer. */
const PROFILE_ID = /^Profile-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PROFILE_IN_ACCOUNT = /^(.{1,100})@([0-9a-f]{32})$/;

const profileNamed = (userName: string): ProfileNamed | undefined => {
  if (PROFILE_ID.test(userName)) return { id: userName };
  const [, name, accountId] = PROFILE_IN_ACCOUNT.exec(userName) ?? [];
  return name === undefined ? undefined : { name, accountId };
};

/** Whether a person or program did it, or a page by itself: that keeps no session awake. */
export interface Use {
  readonly isBackground?: boolean | undefined;
}

/** What a last use tells of the client. */
export type SeenAs = Pick<Actor, 'address' | 'agent'>;

export interface Parts {
  readonly database: Database;
  readonly masterKey: MasterKey;
  readonly clock: Clock;
  readonly liveness: Liveness;
  readonly activity: Activity;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly registryTokens: RegistryTokens;
  readonly profileLogins: ProfileLogins;
  readonly federatedLogins: FederatedLogins;
  readonly passwords: Passwords;
  readonly codes: OneTimeCodes;
  readonly users: Users;
}

/** Verifies secrets. Each method answers a live credential or throws CREDENTIAL_INVALID with the reason for the log. */
export class Credentials {
  readonly #parts: Parts;
  /** Which key, and which of its secrets, by the hash; whether both are alive is asked each time. */
  readonly #keyIds = new LRUCache<string, { id: string; number: number }>({
    maxSize: 50_000,
    sizeCalculation: () => 1,
  });

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A docker login: the user name says what kind of secret the password is, and no other kind is accepted. */
  async login(userName: string, secret: string, regionId: string, arrival: Arrival): Promise<Credential> {
    const profile = profileNamed(userName);
    if (profile) return this.#asProfile(profile, secret, arrival);
    const name = LOGIN_NAMES.find((each) => each === userName);
    if (!name)
      throw new RegistryError('LOGIN_UNSUPPORTED', {
        reason: 'the user name is not iamapikey, iambearer, iamrefresh, token or the id of a trusted profile',
      });
    if (name === 'iamapikey') return this.apiKey(secret, arrival.actor);
    if (name === 'iambearer') return this.accessToken(secret);
    if (name === 'token') return this.registryToken(secret, regionId, arrival.actor);
    return this.refreshToken(secret);
  }

  /** `by`: who sends it and from where, kept as the last use of this secret. */
  async apiKey(value: string, by?: SeenAs): Promise<Credential> {
    const found = isPlausible(value) ? await this.#findKey(value) : undefined;
    if (!found) throw invalid('no API key has this value');
    const { key, secret } = found;
    const second = { kind: 'api-key-secret' as const, id: String(secret.number) };
    const credential = await this.#alive({
      kind: 'api-key',
      principal: { kind: key.identityKind, iamId: key.iamId, accountId: key.accountId },
      chain: [{ kind: 'api-key', id: key.id }, ...(secret.number === 1 ? [] : [second])],
      expiresAt:
        secret.until === undefined ? key.expiresAt : Math.min(secret.until, key.expiresAt ?? Infinity),
    });
    this.#parts.activity.secretUsed(key.id, secret.number, by);
    return credential;
  }

  async accessToken(token: string, by: Use = {}): Promise<Credential> {
    const credential = isPlausible(token) ? await this.#parts.accessTokens.verify(token) : undefined;
    if (!credential) throw invalid('this is not an access token of this registry');
    return this.#alive(credential, by);
  }

  /** A browser's counts for the console alone: a cookie that was stolen is no password of docker login. */
  async refreshToken(
    token: string,
    by: Use & { clientId?: string | undefined } = {},
  ): Promise<RefreshCredential> {
    const { refreshTokens, federatedLogins, liveness, clock } = this.#parts;
    const credential = isPlausible(token)
      ? ((await federatedLogins.bySessionToken(token)) ?? (await refreshTokens.verify(token)))
      : undefined;
    const isOthers = credential?.clientId === CONSOLE_CLIENT && by.clientId !== CONSOLE_CLIENT;
    if (!credential || isOthers)
      throw new RegistryError('REFRESH_TOKEN_INVALID', { reason: 'no refresh token has this value' });
    const expired = expiryFault('the refresh token', credential.expiresAt, clock.now());
    if (expired) throw over('REFRESH_TOKEN_EXPIRED', expired);
    const ended = await liveness.sessionFault(credential.chain);
    if (ended) throw over('SESSION_INACTIVE', ended);
    return this.#alive(credential, by);
  }

  /** What docker keeps in place of the token of a build that it logged in with; undefined for another kind of login. */
  sessionToken(credential: Credential): string | undefined {
    return this.#parts.federatedLogins.sessionToken(credential);
  }

  /** A registry token, in its own region only. */
  async registryToken(value: string, regionId: string, by: SeenAs): Promise<Credential> {
    const credential = isPlausible(value)
      ? await this.#parts.registryTokens.verify(value)
      : 'this is not a registry token';
    if (typeof credential === 'string') throw invalid(credential);
    if (credential.regionId !== regionId) throw invalid('the registry token belongs to another region');
    const alive = await this.#alive(credential);
    this.#parts.activity.registryTokenUsed(credential.chain[0]?.id ?? '', by);
    return alive;
  }

  /** What a token stands for now, or undefined; looking is no use of it, and keeps no session awake. */
  async inspect(token: string): Promise<Credential | undefined> {
    if (!isPlausible(token)) return undefined;
    const { accessTokens, refreshTokens, liveness, clock } = this.#parts;
    const credential = (await accessTokens.verify(token)) ?? (await refreshTokens.verify(token));
    if (!credential || expiryFault('the token', credential.expiresAt, clock.now())) return undefined;
    return (await liveness.fault(credential.principal, credential.chain)) ? undefined : credential;
  }

  /**
   * A password, in the account asked for or else in the one joined first of those that take it. PASSWORD_INVALID,
   * ACCOUNT_UNAUTHORIZED; CREDENTIAL_INVALID where none takes passwords.
   */
  async password(userName: string, given: GivenPassword, account: string | undefined): Promise<Credential> {
    const { passwords, users, liveness } = this.#parts;
    const { user, passwordId } = await passwords.verify(userName, given, account);
    let refused: string | undefined;
    for (const accountId of await users.accountsOf(user.iamId)) {
      const principal = { kind: 'user' as const, iamId: user.iamId, accountId };
      if (account !== undefined && account !== accountId) continue;
      if (await liveness.principalFault(principal)) continue;
      const link = await liveness.memberLink(accountId, user.iamId);
      const chain = [{ kind: 'password' as const, id: passwordId }, ...(link ? [link] : [])];
      const fault = await liveness.fault(principal, chain);
      if (!fault) return this.#alive({ kind: 'password', principal, chain, expiresAt: undefined });
      refused ??= fault;
    }
    if (refused !== undefined) throw over('CREDENTIAL_INVALID', refused);
    throw new RegistryError('ACCOUNT_UNAUTHORIZED', { message: NOT_A_MEMBER });
  }

  /** A passcode, which is used up. */
  async passcode(code: string): Promise<Credential> {
    if (!isPlausible(code)) throw invalid('no passcode has this value');
    return this.#alive(await this.#parts.codes.usePasscode(code));
  }

  /** A command line that a person let in with a browser: it depends on what the browser's login came from. */
  async letIn(login: LetIn): Promise<Credential> {
    const chain = parseLetIn(login);
    if (!chain) throw invalid('what the login came from is not understood');
    const { kind, iamId, accountId } = login;
    const principal = { kind: 'user' as const, iamId, accountId };
    return this.#alive({ kind, principal, chain, expiresAt: undefined });
  }

  /** Whether a login is one of its person, and not of one account. */
  canSwitch({ chain }: Pick<Credential, 'chain'>): boolean {
    return chain.every(({ kind }) => SWITCHABLE.has(kind));
  }

  /**
   * A refresh token's user in another of their accounts: it depends on the membership there, and no more on that of the account it
   * leaves. What came from an API key stays in the key's account.
   */
  async inAccount(credential: RefreshCredential, accountId: string): Promise<RefreshCredential> {
    const { principal, chain } = credential;
    if (principal.kind !== 'user' || !this.canSwitch(credential))
      throw new RegistryError('ACCOUNT_UNAUTHORIZED', {
        message:
          'Only a sign-in or a login with a password can switch accounts; an API key belongs to one account.',
      });
    const { liveness } = this.#parts;
    const link = await liveness.memberLink(accountId, principal.iamId);
    const there = {
      ...credential,
      principal: { ...principal, accountId },
      chain: [...chain.filter(({ kind }) => kind !== 'member'), ...(link ? [link] : [])],
    };
    const fault = await liveness.principalFault(there.principal);
    if (fault) throw new RegistryError('ACCOUNT_UNAUTHORIZED', { message: NOT_A_MEMBER, reason: fault });
    return there;
  }

  /** A live credential, turned into that of a trusted profile that trusts it. */
  async assume(caller: Credential, named: ProfileNamed): Promise<Credential> {
    const credential = await this.#parts.profileLogins.assume(caller, named);
    if (typeof credential === 'string') throw invalid(credential);
    return credential;
  }

  /** The form of the secret says what it is; there is no trying of one after the other. */
  async #asProfile(named: ProfileNamed, secret: string, arrival: Arrival): Promise<Credential> {
    const found = await this.#parts.federatedLogins.loginByText(secret, named, arrival);
    if (!found) return this.assume(await this.apiKey(secret, arrival.actor), named);
    if ('refused' in found) throw invalid(found.reason);
    return found;
  }

  async #findKey(value: string): Promise<{ key: ApiKey; secret: KeySecret } | undefined> {
    const hash = this.#parts.masterKey.hashSecret('api-key', value);
    const { database, clock } = this.#parts;
    const known = this.#keyIds.get(hash);
    const alive = known && (await this.#secretOf(known.id, known.number));
    if (alive) return alive;
    // a value may be given to another key once the first is deleted
    const found = await keyOfHash(database.db, hash, clock.now());
    if (!found) return undefined;
    const { key, number } = found;
    this.#keyIds.set(hash, { id: key.id, number });
    return this.#secretOf(key.id, number);
  }

  async #secretOf(id: string, number: number): Promise<{ key: ApiKey; secret: KeySecret } | undefined> {
    const key = await this.#parts.liveness.key(id);
    const secret = key && liveSecret(key.secrets, number, this.#parts.clock.now());
    return secret && { key, secret };
  }

  async #alive<Kind extends Credential>(credential: Kind, { isBackground = false }: Use = {}): Promise<Kind> {
    const { liveness, clock, activity } = this.#parts;
    const fault =
      expiryFault('the token', credential.expiresAt, clock.now()) ??
      (await liveness.fault(credential.principal, credential.chain));
    if (fault) throw over('CREDENTIAL_INVALID', fault, credential);
    if (!isBackground) activity.signedIn(credential.chain);
    const claims = await liveness.claimsOf(credential.chain);
    return claims ? { ...credential, claims } : credential;
  }
}

/** What a login that is not of one account can have come from. */
const SWITCHABLE: ReadonlySet<LinkKind> = new Set(['password', 'session', 'member', 'issuer', 'sign-in']);
const NOT_A_MEMBER = 'The user is not an active member of the account.';

const isPlausible = (secret: string): boolean => secret.length > 0 && secret.length <= LONGEST_SECRET;

const invalid = (reason: string): RegistryError => new RegistryError('CREDENTIAL_INVALID', { reason });

/** The secret itself is right, so its holder may know what is wrong with it. */
const over = (code: ErrorCode, fault: string, credential?: Credential): RegistryError =>
  new RegistryError(code, {
    message: `${ERRORS[code].message} (${fault})`,
    reason: fault,
    ...(credential && { refused: refusedOf(credential) }),
  });
