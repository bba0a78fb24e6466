import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { type Identity, isIdentity, type Principal } from '../../principal.ts';
import type { KeyHolderKind } from '../api-keys/api-key.ts';
import { type Jwt, parseJwt } from '../issuers/jwt.ts';
import type { WorkloadTokens } from '../issuers/workload-tokens.ts';
import type { GivenPassword } from '../passwords/passwords.ts';
import { CONSOLE_CLIENT, type RefreshTokens } from '../sessions/refresh-tokens.ts';
import type { AccessTokens, Authenticated } from './access-tokens.ts';
import type { ComputeTokens } from './compute-tokens.ts';
import type { Credential } from './credential.ts';
import type { Credentials, SeenAs } from './credentials.ts';
import type { Arrival, FederatedLogins, Refused } from './federated-logins.ts';
import type { LetIn } from './let-in.ts';
import type { ProfileLogins, ProfileNamed } from './profile-logins.ts';
import { type TokenSubject, tokenSubject } from './token-subject.ts';

/** The clients that get a refresh token; a request without client credentials gets none. */
const CLIENTS = new Set(['bx', 'tidegate-cli', CONSOLE_CLIENT]);
const NO_CLIENT = 'default';

/** What a login or an exchange brings. */
export interface IssuedTokens {
  readonly accessToken: string;
  /** Epoch seconds. */
  readonly expiration: number;
  /** Seconds. */
  readonly expiresIn: number;
  /** Undefined for a client that gets none. */
  readonly refreshToken: string | undefined;
  readonly sessionId: string | undefined;
}

/** What was issued, and for which credential. */
export interface Exchanged {
  readonly issued: IssuedTokens;
  readonly credential: Credential;
}

/** How a request asks: the form's grant_type, and the client that named itself if one did. */
export interface Asked extends Arrival {
  readonly grantType: string;
  readonly clientId: string | undefined;
  /** Seconds the access token is to live at most; undefined for as long as it may. */
  readonly lifetime?: number | undefined;
  /** A page asked by itself, without its person: that keeps no session awake. */
  readonly isBackground?: boolean | undefined;
  /** What the client calls its machine; shown in the list of sessions. */
  readonly machine?: string | undefined;
}

export interface IdentityTokenParts {
  readonly database: Database;
  readonly credentials: Credentials;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly profileLogins: ProfileLogins;
  readonly computeTokens: ComputeTokens;
  readonly workloadTokens: WorkloadTokens;
  readonly federatedLogins: FederatedLogins;
  readonly clock: Clock;
}

/** Exchanges secrets for access tokens. Every token stays tied to the chain it came from, and never outlives it. */
export class IdentityTokens {
  readonly #parts: IdentityTokenParts;

  constructor(parts: IdentityTokenParts) {
    this.#parts = parts;
  }

  async fromApiKey(secret: string, asked: Asked, by?: SeenAs): Promise<Exchanged> {
    return this.#signIn(await this.#parts.credentials.apiKey(secret, by), asked);
  }

  /** `account`: which of their accounts; the one joined first where undefined. */
  async fromPassword(
    { userName, account, ...given }: GivenPassword & { userName: string; account: string | undefined },
    asked: Asked,
  ): Promise<Exchanged> {
    return this.#signIn(await this.#parts.credentials.password(userName, given, account), asked);
  }

  async fromPasscode(code: string, asked: Asked): Promise<Exchanged> {
    return this.#signIn(await this.#parts.credentials.passcode(code), asked);
  }

  /** A command line that a person let in with a browser. */
  async fromBrowser(login: LetIn, asked: Asked): Promise<Exchanged> {
    return this.#signIn(await this.#parts.credentials.letIn(login), { ...asked, machine: login.machine });
  }

  /**
   * The same refresh token comes back, it is not rotated; for another account of the same user (`account`) there is a
   * new one, in the same session.
   */
  async fromRefreshToken(token: string, account: string | undefined, asked: Asked): Promise<Exchanged> {
    const { credentials, refreshTokens } = this.#parts;
    const credential = await credentials.refreshToken(token, asked);
    if (credential.clientId !== asked.clientId) throw new RegistryError('CLIENT_MISMATCH');
    const { principal, sessionId } = credential;
    const isElsewhere = account !== undefined && 'accountId' in principal && principal.accountId !== account;
    const there = isElsewhere ? await credentials.inAccount(credential, account) : credential;
    await asked.admit(there);
    const refreshToken = isElsewhere ? await refreshTokens.switchAccount(there, account) : token;
    const issued = await this.#issue(there, { ...asked, refreshToken, sessionId });
    return { issued, credential: there };
  }

  /** A user or service ID becomes a trusted profile: no refresh token, and no later end than the token it came from. */
  async fromAccessToken(token: string, profile: ProfileNamed, asked: Asked): Promise<Exchanged> {
    const caller = await this.#caller(token);
    const credential = await this.#parts.profileLogins.assume(caller, profile);
    if (typeof credential === 'string') throw notTrusted(credential);
    const authenticated = await this.subject(caller.principal);
    return { issued: await this.#issue(credential, { ...asked, authenticated }), credential };
  }

  /**
   * A workload becomes a trusted profile with a token of a declared issuer; or a compute resource of a configured
   * cluster, for as long as its own token lives at most.
   */
  async fromComputeToken(token: string, profile: ProfileNamed, asked: Asked): Promise<Exchanged> {
    const jwt = parseJwt(token);
    const isDeclared = jwt !== undefined && this.#parts.workloadTokens.isNamed(jwt);
    const found = isDeclared ? await this.#exchanged(jwt, profile, asked) : undefined;
    if (found && !('refused' in found)) return found;
    if (found && !this.#parts.computeTokens.isNamed(jwt?.issuer)) {
      if (found.refused === 'profile') throw notTrusted(found.reason);
      throw new RegistryError('UNAUTHORIZED', {
        message: 'Property cr_token is not valid.',
        reason: found.reason,
      });
    }
    const verified = await this.#parts.computeTokens.verify(token);
    if (typeof verified === 'string')
      throw new RegistryError('UNAUTHORIZED', {
        message: 'Property cr_token is not valid.',
        reason: verified,
      });
    const { resource, expiresAt } = verified;
    const named =
      'id' in profile ? profile : { ...profile, accountId: profile.accountId ?? resource.accountId };
    const credential = await this.#parts.profileLogins.ofCompute(resource, expiresAt, named);
    if (typeof credential === 'string') throw notTrusted(credential);
    const authenticated: Authenticated = {
      identity: { iamId: `crn-${resource.crn}` },
      sub: resource.crn,
      subType: undefined,
      name: `${resource.namespace}/${resource.name}`,
    };
    return { issued: await this.#issue(credential, { ...asked, authenticated }), credential };
  }

  /** The same by RFC 8693, for declared issuers alone. Throws SUBJECT_TOKEN_INVALID, TARGET_INVALID. */
  async fromSubjectToken(token: string, profile: ProfileNamed, asked: Asked): Promise<Exchanged> {
    const jwt = parseJwt(token);
    if (!jwt) throw new RegistryError('SUBJECT_TOKEN_INVALID', { reason: 'the subject token is no JWT' });
    const found = await this.#exchanged(jwt, profile, asked);
    if (!('refused' in found)) return found;
    const code = found.refused === 'profile' ? 'TARGET_INVALID' : 'SUBJECT_TOKEN_INVALID';
    throw new RegistryError(code, { reason: found.reason });
  }

  async #exchanged(jwt: Jwt, profile: ProfileNamed, asked: Asked): Promise<Exchanged | Refused> {
    const credential = await this.#parts.federatedLogins.login(jwt, profile, asked);
    if ('refused' in credential) return credential;
    const { iss = '', sub = '' } = credential.claims ?? {};
    const authenticated: Authenticated = {
      identity: { iamId: `${iss}/${sub}` },
      sub,
      subType: undefined,
      name: sub,
    };
    return { issued: await this.#issue(credential, { ...asked, authenticated }), credential };
  }

  /** What tokens say of an identity. */
  subject(principal: Principal): Promise<TokenSubject> {
    if (!isIdentity(principal)) throw new Error('access tokens are for identities');
    return tokenSubject(this.#parts.database, principal);
  }

  async #caller(token: string): Promise<Credential> {
    try {
      return await this.#parts.credentials.accessToken(token);
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'CREDENTIAL_INVALID') throw error;
      throw new RegistryError('UNAUTHORIZED', {
        message: 'Property access_token is not valid, or has expired.',
        ...(error.reason === undefined ? {} : { reason: error.reason }),
      });
    }
  }

  /** A first login: a named client gets a refresh token with it, and a user's a session. */
  async #signIn(credential: Credential, asked: Asked): Promise<Exchanged> {
    const { principal, chain } = credential;
    const { clientId, machine } = asked;
    await asked.admit(credential);
    const session =
      clientId !== undefined && CLIENTS.has(clientId) && isKeyHolder(principal)
        ? await this.#parts.refreshTokens.issue({ identity: principal, clientId, chain, machine })
        : undefined;
    const issued = await this.#issue(
      { ...credential, chain: session?.chain ?? chain },
      { ...asked, refreshToken: session?.refreshToken, sessionId: session?.sessionId },
    );
    return { issued, credential };
  }

  async #issue(
    { principal, chain, expiresAt }: Credential,
    given: Asked & {
      refreshToken?: string | undefined;
      sessionId?: string | undefined;
      /** Who really signed in; the subject itself where absent. */
      authenticated?: Authenticated;
    },
  ): Promise<IssuedTokens> {
    const subject = await this.subject(principal);
    const { grantType, clientId = NO_CLIENT, refreshToken, sessionId, lifetime } = given;
    const latest = lifetime === undefined ? undefined : this.#parts.clock.now() + lifetime * 1000;
    const { token, expiration, expiresIn } = await this.#parts.accessTokens.mint({
      subject,
      authenticated: given.authenticated ?? subject,
      chain,
      grantType,
      clientId,
      sessionId,
      notAfter: latest === undefined ? expiresAt : Math.min(latest, expiresAt ?? latest),
    });
    return { accessToken: token, expiration, expiresIn, refreshToken, sessionId };
  }
}

/** The same for a profile that is not there and one that does not trust the caller: no existence oracle. */
const notTrusted = (reason: string): RegistryError =>
  new RegistryError('DENIED', {
    message: 'There is no such trusted profile, or it does not trust you.',
    reason,
  });

const isKeyHolder = (principal: Principal): principal is Identity & { kind: KeyHolderKind } =>
  principal.kind === 'user' || principal.kind === 'service-id';
