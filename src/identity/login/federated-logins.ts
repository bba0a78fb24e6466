import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { LiveCache } from '../../database/live-cache.ts';
import { timedId } from '../../ids.ts';
import { type Actor, type Identity, principalName } from '../../principal.ts';
import type { Activity } from '../activity/activity.ts';
import type { FederatedSession } from '../federated-sessions/federated-session.ts';
import type { FederatedSessions } from '../federated-sessions/federated-sessions.ts';
import { sessionOfToken, sessionTokenOf } from '../federated-sessions/session-token.ts';
import { iamIdOfProfile } from '../iam-ids.ts';
import type { Issuers } from '../issuers/issuers.ts';
import { isJwtLike, type Jwt, parseJwt } from '../issuers/jwt.ts';
import { presetOf } from '../issuers/presets.ts';
import { TOLERANCE_MS, type WorkloadToken, type WorkloadTokens } from '../issuers/workload-tokens.ts';
import type { MasterKey } from '../master-key.ts';
import { claimAt, federatedRuleHolds } from '../profiles/federated-rules.ts';
import type { Profile } from '../profiles/profile.ts';
import { type ProfileTrust, type RuleTrust, trustLink } from '../profiles/profile-trust.ts';
import { trustsOfProfile } from '../profiles/rows.ts';
import { profileTrustOfRow } from '../profiles/trust-document.ts';
import type { RefreshCredential } from '../sessions/refresh-tokens.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import type { Credential } from './credential.ts';
import type { Liveness } from './liveness.ts';
import type { ProfileLogins, ProfileNamed } from './profile-logins.ts';

/** Where a login comes from, for its event in the audit log. */
export interface Arrival {
  readonly actor: Actor;
  /** Throws where this credential may not log in from here; asked before anything is written for it. */
  admit(credential: Credential): Promise<void>;
}

/** What was refused, the token itself or the profile asked for, and why, for the log. */
export interface Refused {
  readonly refused: 'token' | 'profile';
  readonly reason: string;
}

export interface FederatedLoginParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly masterKey: MasterKey;
  readonly settings: AccountSettings;
  readonly liveness: Liveness;
  readonly activity: Activity;
  readonly issuers: Issuers;
  readonly workloadTokens: WorkloadTokens;
  readonly federatedSessions: FederatedSessions;
  readonly profileLogins: ProfileLogins;
}

/** A token as it was sent, and the hashes that its session is found by. */
interface Sent {
  readonly jwt: Jwt;
  readonly tokenHash: string;
  readonly textHash: string;
}

/** How long a session lasts whose rule says nothing, in seconds. */
const SESSION_SECONDS = 3600;
const LONGEST_CLAIM = 256;
const DOCKER = 'docker';
/** Rules that are kept in memory, of all profiles. */
const MOST_RULES = 20_000;

/**
 * A workload becomes a trusted profile with a token of its platform. The token is verified once and opens a session, which
 * may outlive it: tokens of builds end before builds do. The same token sent again is in the same session.
 */
export class FederatedLogins {
  readonly #parts: FederatedLoginParts;
  /** By profile. */
  readonly #rules: LiveCache<readonly ProfileTrust<RuleTrust>[]>;

  constructor(parts: FederatedLoginParts) {
    this.#parts = parts;
    this.#rules = new LiveCache(parts.database, [], MOST_RULES, 'rights', (rules) => rules.length + 1, [
      'profile-trust',
    ]);
  }

  /** Undefined where the text is no token. */
  async loginByText(
    text: string,
    named: ProfileNamed,
    arrival: Arrival,
  ): Promise<Credential | Refused | undefined> {
    if (!isJwtLike(text)) return undefined;
    const profile = await this.#parts.profileLogins.find(named);
    const textHash = this.#hash(text);
    // most logins send a token again: what this process has seen as this profile is not taken apart
    const known = profile && (await this.#parts.federatedSessions.ofText(textHash, profile.id));
    if (known) return this.#credential(known, arrival);
    const jwt = parseJwt(text);
    return jwt && this.#login({ jwt, textHash, tokenHash: this.#hash(jwt.signed) }, profile, arrival);
  }

  async login(jwt: Jwt, named: ProfileNamed, arrival: Arrival): Promise<Credential | Refused> {
    const sent = { jwt, textHash: this.#hash(jwt.text), tokenHash: this.#hash(jwt.signed) };
    return this.#login(sent, await this.#parts.profileLogins.find(named), arrival);
  }

  /** What docker is given to keep in place of the token it logged in with; undefined for another kind of login. */
  sessionToken({ kind, chain }: Credential): string | undefined {
    const [session] = chain;
    return kind === 'workload-token' && session?.kind === 'federated-session'
      ? sessionTokenOf(this.#parts.masterKey, session.id)
      : undefined;
  }

  /** The session that such a token stands for. Whether it is alive is asked by the caller. */
  async bySessionToken(text: string): Promise<RefreshCredential | undefined> {
    const id = sessionOfToken(this.#parts.masterKey, text);
    const session = id && (await this.#parts.federatedSessions.find(id));
    if (!session || session.chain.length === 0) return undefined;
    return { ...credentialOf(session), kind: 'refresh-token', clientId: DOCKER, sessionId: undefined };
  }

  async #login(sent: Sent, profile: Profile | undefined, arrival: Arrival): Promise<Credential | Refused> {
    const session =
      (profile && (await this.#parts.federatedSessions.ofToken(sent.tokenHash, profile.id, true))) ??
      (await this.#begin(sent, profile, arrival));
    if ('refused' in session) return session;
    // what was signed is known, but only the whole token proves that its sender has it
    if (session.textHash !== sent.textHash)
      return { refused: 'token', reason: 'the token has another signature than the one that was verified' };
    return this.#credential(session, arrival);
  }

  async #credential(session: FederatedSession, arrival: Arrival): Promise<Credential | Refused> {
    const { federatedSessions, liveness } = this.#parts;
    const credential = credentialOf(session);
    const fault =
      session.chain.length === 0
        ? 'the session is not understood'
        : (federatedSessions.faultOf(session) ??
          (await liveness.fault(credential.principal, credential.chain)));
    if (fault) return { refused: 'token', reason: fault };
    await arrival.admit(credential);
    this.#parts.activity.assumed(session.profileId);
    return credential;
  }

  /** The rule of a profile that a token meets, the first one made. */
  async #ruleFor(profile: Profile, token: WorkloadToken): Promise<ProfileTrust<RuleTrust> | undefined> {
    const rules = await this.#rules.get(profile.id, async (id) => {
      const rows = await trustsOfProfile(this.#parts.database.db, id, 'rule');
      return rows.map((row) => profileTrustOfRow(row) as ProfileTrust<RuleTrust>);
    });
    return rules?.find(({ terms }) => federatedRuleHolds(terms, token.issuer, token.claims));
  }

  /** The session of a token that this process sees for the first time. */
  async #begin(
    sent: Sent,
    profile: Profile | undefined,
    arrival: Arrival,
  ): Promise<FederatedSession | Refused> {
    const { workloadTokens, federatedSessions } = this.#parts;
    const token = await workloadTokens.verify(sent.jwt);
    if (typeof token === 'string') {
      // it may have begun before, here before a restart or on another replica, and may have ended since
      const known = profile && (await federatedSessions.ofToken(sent.tokenHash, profile.id));
      return known ?? { refused: 'token', reason: `the token is not valid: ${token}` };
    }
    if (!profile) return { refused: 'profile', reason: 'there is no such trusted profile' };
    const { issuer } = token;
    if (issuer.accounts && !issuer.accounts.includes(profile.accountId))
      return { refused: 'profile', reason: `the issuer ${issuer.name} is not for this account` };
    const rule = await this.#ruleFor(profile, token);
    if (!rule)
      return {
        refused: 'profile',
        reason: `no rule of the trusted profile ${profile.id} holds for this token`,
      };
    const audiences = [token.claims.aud].flat().filter((name) => typeof name === 'string');
    const link = await this.#parts.issuers.link(issuer.name, audiences);
    if (typeof link === 'string') return { refused: 'token', reason: link };
    const session = await this.#made(sent, token, profile, rule, [link, trustLink(rule)]);
    const credential = credentialOf(session);
    await arrival.admit(credential);
    const { principal, claims } = credential;
    const actor = { ...arrival.actor, principal: principalName(principal), credentialId: session.id, claims };
    const opened = await this.#parts.federatedSessions.open(session, actor);
    return opened ?? { refused: 'token', reason: 'the session of this token was ended' };
  }

  async #made(
    { jwt, tokenHash, textHash }: Sent,
    token: WorkloadToken,
    profile: Profile,
    rule: ProfileTrust<RuleTrust>,
    chain: FederatedSession['chain'],
  ): Promise<FederatedSession> {
    const now = this.#parts.clock.now();
    const limits = await this.#parts.settings.of(profile.accountId);
    const expiresAt = now + Math.min((rule.terms.expiration || SESSION_SECONDS) * 1000, limits.session);
    return {
      id: timedId('F', now),
      tokenHash,
      textHash,
      accountId: profile.accountId,
      profileId: profile.id,
      iamId: iamIdOfProfile(profile.id),
      issuer: token.issuer.name,
      chain,
      claims: claimsOf(token, jwt.keyId),
      createdAt: now,
      expiresAt,
      keptUntil: Math.max(expiresAt, token.expiresAt + 2 * TOLERANCE_MS),
      endedAt: undefined,
    };
  }

  /**
   * Sessions are found by what the issuer signed: the signature can be written in several ways, and each would pass for
   * another token.
   */
  #hash(text: string): string {
    return this.#parts.masterKey.hashSecret('workload-token', text);
  }
}

const credentialOf = (session: FederatedSession): Credential & { readonly principal: Identity } => ({
  kind: 'workload-token',
  principal: { kind: 'profile', iamId: session.iamId, accountId: session.accountId },
  chain: [{ kind: 'federated-session', id: session.id }, ...session.chain],
  expiresAt: session.expiresAt,
  claims: session.claims,
});

/** Who it was: claims that are texts, numbers or booleans, each within a bound. */
const claimsOf = ({ issuer, claims }: WorkloadToken, keyId: string | undefined): Record<string, string> => {
  const told: Record<string, string> = {};
  const tell = (name: string, value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      told[name.replace(/^\//, '')] = String(value).slice(0, LONGEST_CLAIM);
  };
  tell('issuer', issuer.name);
  for (const name of ['iss', 'sub', 'jti', ...presetOf(issuer.preset).told])
    tell(name, claimAt(claims, name));
  tell('kid', keyId);
  return told;
};
