import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { prefixedId } from '../../ids.ts';
import { type Actor, type Identity, principalName } from '../../principal.ts';
import type { Activity } from '../activity/activity.ts';
import type { FederatedSession } from '../federated-sessions/federated-session.ts';
import type { FederatedSessions } from '../federated-sessions/federated-sessions.ts';
import { iamIdOfProfile } from '../iam-ids.ts';
import type { Issuers } from '../issuers/issuers.ts';
import type { Jwt } from '../issuers/jwt.ts';
import { presetOf } from '../issuers/presets.ts';
import { TOLERANCE_MS, type WorkloadToken, type WorkloadTokens } from '../issuers/workload-tokens.ts';
import type { MasterKey } from '../master-key.ts';
import { claimAt, federatedRuleHolds } from '../profiles/federated-rules.ts';
import type { Profile } from '../profiles/profile.ts';
import { type ProfileTrust, type RuleTrust, trustLink } from '../profiles/profile-trust.ts';
import { trustsOfProfile } from '../profiles/rows.ts';
import { profileTrustOfRow } from '../profiles/trust-document.ts';
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

/** How long a session lasts whose rule says nothing, in seconds. */
const SESSION_SECONDS = 3600;
const LONGEST_CLAIM = 256;

/**
 * A workload becomes a trusted profile with a token of its platform. The token is verified once and opens a session, which
 * may outlive it: tokens of builds end before builds do. The same token sent again is in the same session.
 */
export class FederatedLogins {
  readonly #parts: FederatedLoginParts;

  constructor(parts: FederatedLoginParts) {
    this.#parts = parts;
  }

  async login(jwt: Jwt, named: ProfileNamed, arrival: Arrival): Promise<Credential | Refused> {
    const { federatedSessions, profileLogins, liveness } = this.#parts;
    const profile = await profileLogins.find(named);
    const known = profile && (await federatedSessions.ofToken(this.#hash(jwt.signed), profile.id));
    const session = known ?? (await this.#begin(jwt, profile, arrival));
    if ('refused' in session) return session;
    // what was signed is known, but only the whole token proves that its sender has it
    if (session.textHash !== this.#hash(jwt.text))
      return { refused: 'token', reason: 'the token has another signature than the one that was verified' };
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
  async ruleFor(profile: Profile, token: WorkloadToken): Promise<ProfileTrust<RuleTrust> | undefined> {
    const rows = await trustsOfProfile(this.#parts.database.db, profile.id, 'rule');
    return rows
      .map((row) => profileTrustOfRow(row) as ProfileTrust<RuleTrust>)
      .find(({ terms }) => federatedRuleHolds(terms, token.issuer, token.claims));
  }

  async #begin(
    jwt: Jwt,
    profile: Profile | undefined,
    arrival: Arrival,
  ): Promise<FederatedSession | Refused> {
    const token = await this.#parts.workloadTokens.verify(jwt);
    if (typeof token === 'string') return { refused: 'token', reason: token };
    if (!profile) return { refused: 'profile', reason: 'there is no such trusted profile' };
    const { issuer } = token;
    if (issuer.accounts && !issuer.accounts.includes(profile.accountId))
      return { refused: 'profile', reason: `the issuer ${issuer.name} is not for this account` };
    const rule = await this.ruleFor(profile, token);
    if (!rule)
      return {
        refused: 'profile',
        reason: `no rule of the trusted profile ${profile.id} holds for this token`,
      };
    const link = await this.#parts.issuers.link(issuer.name);
    if (typeof link === 'string') return { refused: 'token', reason: link };
    const session = await this.#made(jwt, token, profile, rule, [link, trustLink(rule)]);
    const credential = credentialOf(session);
    await arrival.admit(credential);
    const { principal, claims } = credential;
    const actor = { ...arrival.actor, principal: principalName(principal), credentialId: session.id, claims };
    const opened = await this.#parts.federatedSessions.open(session, actor);
    return opened ?? { refused: 'token', reason: 'the session of this token was ended' };
  }

  async #made(
    jwt: Jwt,
    token: WorkloadToken,
    profile: Profile,
    rule: ProfileTrust<RuleTrust>,
    chain: FederatedSession['chain'],
  ): Promise<FederatedSession> {
    const now = this.#parts.clock.now();
    const limits = await this.#parts.settings.of(profile.accountId);
    const expiresAt = now + Math.min((rule.terms.expiration || SESSION_SECONDS) * 1000, limits.session);
    return {
      id: prefixedId('F'),
      tokenHash: this.#hash(jwt.signed),
      textHash: this.#hash(jwt.text),
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
