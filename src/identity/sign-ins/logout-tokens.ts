import { createHash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { Issuers, PeopleIssuer } from '../issuers/issuers.ts';
import { type Jwt, parseJwt } from '../issuers/jwt.ts';
import { usedLogoutTokens } from './rows.ts';
import { logOut, removeUsedLogoutTokens } from './writes.ts';

/** OpenID Connect Back-Channel Logout 1.0, 2.4. */
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Seconds by which the provider's clock may be off. */
const TOLERANCE = 30;
/** Seconds for which a logout token counts, whatever it says itself: the provider sends it at once. */
const LONGEST_LIFE = 120;
/** Some providers call a logout token a JWT; it is told from others by its event. */
const TYPES: readonly unknown[] = ['logout+jwt', 'application/logout+jwt', 'jwt', undefined];
const LONGEST_NAME = 500;

/** What providers send when a person logged out there. */
export class LogoutTokens {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #issuers: Issuers;

  constructor(database: Database, clock: Clock, issuers: Issuers) {
    this.#database = database;
    this.#clock = clock;
    this.#issuers = issuers;
  }

  /** Ends the sign-ins that a logout token names. Throws SUBJECT_TOKEN_INVALID, with the reason for the log. */
  async logOut(issuerName: string, text: string, actor: Actor): Promise<void> {
    const issuer = await this.#issuers.forPeople(issuerName);
    const jwt = parseJwt(text);
    if (!issuer || !jwt) throw refused(issuer ? 'it is no JWT' : 'people do not sign in through this issuer');
    try {
      await issuer.keySet.verify(jwt);
    } catch (error) {
      throw refused((error as Error).message);
    }
    const now = this.#clock.now();
    const fault = faultOf(jwt, issuer, now / 1000);
    if (fault) throw refused(fault);
    const { jti, sid, sub } = jwt.claims as { jti: string; sid?: string; sub?: string };
    const outcome = await this.#database.write(logOut, {
      tokenId: `${issuer.name}.${createHash('sha256').update(jti).digest('base64url')}`,
      keptUntil: now + 2 * (LONGEST_LIFE + TOLERANCE) * 1000,
      issuer: issuer.name,
      sid,
      subject: sub,
      at: now,
      actor,
    });
    if (outcome === 'used') throw refused('it was used before');
  }

  /** Forgets tokens that have expired, `limit` at most; how many. */
  async expire(limit: number): Promise<number> {
    const ids = await usedLogoutTokens(this.#database.db, this.#clock.now(), limit);
    if (ids.length > 0) await this.#database.write(removeUsedLogoutTokens, { ids });
    return ids.length;
  }
}

const refused = (reason: string): RegistryError =>
  new RegistryError('SUBJECT_TOKEN_INVALID', {
    message:
      'The logout_token is not valid: it is not of this identity provider and for this registry, is too old, or was used before.',
    reason,
  });

/** OpenID Connect Back-Channel Logout 1.0, 2.6. `now` in seconds. */
const faultOf = (
  { header, claims }: Jwt,
  { issuer, people }: PeopleIssuer,
  now: number,
): string | undefined => {
  const { iss, aud, iat, exp, jti, events, nonce, sub, sid } = claims;
  const type = typeof header.typ === 'string' ? header.typ.toLowerCase() : header.typ;
  if (!TYPES.includes(type)) return 'its type is not logout+jwt';
  if (iss !== issuer) return 'it is of another issuer';
  if (![aud].flat().includes(people.clientId)) return 'it is for another client';
  if (nonce !== undefined) return 'it has a nonce: it is an ID token';
  if (!hasEvent(events)) return 'it says of no logout';
  if (!isName(jti)) return 'it has no jti';
  if (sub === undefined && sid === undefined) return 'it names neither a subject nor a session';
  if (![sub, sid].every((name) => name === undefined || isName(name))) return 'its sub or sid is no text';
  if (!isTime(iat)) return 'it does not say when it was issued';
  if (iat > now + TOLERANCE) return 'it was issued in the future';
  if (iat <= now - LONGEST_LIFE - TOLERANCE) return 'it is too old';
  if (exp !== undefined && !(isTime(exp) && exp > now - TOLERANCE)) return 'it has expired';
  return undefined;
};

const hasEvent = (events: unknown): boolean => {
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, EVENT)) return false;
  const event = (events as Record<string, unknown>)[EVENT];
  return typeof event === 'object' && event !== null;
};

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME;

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
