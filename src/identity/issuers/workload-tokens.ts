import type { Clock } from '../../clock.ts';
import type { Issuers, OpenIssuer } from './issuers.ts';
import type { Jwt } from './jwt.ts';

/** A token that its issuer signed for this registry. */
export interface WorkloadToken {
  readonly issuer: OpenIssuer;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** How far the clock of an issuer may be from this one, in seconds. */
const TOLERANCE = 30;
export const TOLERANCE_MS = TOLERANCE * 1000;
/** A token that lives longer than this, in seconds, is a password. */
const LONGEST_LIFE = 86_400;

/** Verifies tokens of declared issuers. */
export class WorkloadTokens {
  readonly #issuers: Issuers;
  readonly #clock: Clock;

  constructor(issuers: Issuers, clock: Clock) {
    this.#issuers = issuers;
    this.#clock = clock;
  }

  /** Whether a declared issuer is named by a token. */
  isNamed({ issuer }: Jwt): boolean {
    return issuer !== undefined && this.#issuers.named(issuer).length > 0;
  }

  /** What a token says, or why it is not believed, for the log. */
  async verify(jwt: Jwt): Promise<WorkloadToken | string> {
    const candidates = jwt.issuer === undefined ? [] : this.#issuers.named(jwt.issuer);
    let fault = 'its iss is not of a declared issuer';
    for (const candidate of candidates) {
      const link = await this.#issuers.link(candidate.name);
      const found = typeof link === 'string' ? link : await this.#verifyBy(candidate, jwt);
      if (typeof found !== 'string') return found;
      fault = found;
    }
    return fault;
  }

  async #verifyBy(issuer: OpenIssuer, jwt: Jwt): Promise<WorkloadToken | string> {
    try {
      await issuer.keySet.verify(jwt);
    } catch (error) {
      return (error as Error).message;
    }
    const { claims } = jwt;
    return (
      faultOf(claims, issuer, this.#clock.now() / 1000) ?? {
        issuer,
        claims,
        expiresAt: Number(claims.exp) * 1000,
      }
    );
  }
}

/** Why claims that the issuer signed are not accepted now (RFC 7519, 4.1). `now` in seconds. */
const faultOf = (
  { iss, aud, sub, exp, iat, nbf }: Jwt['claims'],
  issuer: OpenIssuer,
  now: number,
): string | undefined => {
  if (iss !== issuer.issuer) return 'it is of another issuer';
  const audiences = [aud].flat();
  if (audiences.length === 0 || aud === undefined) return 'it has no audience';
  // another audience could send the token on
  if (!audiences.every((each) => issuer.audiences.some((name) => name === each)))
    return `it is for ${JSON.stringify(aud).slice(0, 200)}, and must be for ${issuer.audiences.join(' or ')} alone`;
  if (typeof sub !== 'string' || sub === '' || sub.length > 1000) return 'it has no subject';
  if (!isTime(exp)) return 'it does not say when it ends';
  if (exp <= now - TOLERANCE) return 'it has expired';
  if (![iat, nbf].every((time) => time === undefined || isTime(time))) return 'one of its times is no number';
  if (isTime(nbf) && nbf > now + TOLERANCE) return 'it is not valid yet';
  const from = iat ?? nbf;
  if (!isTime(from)) return 'it does not say when it was issued';
  if (from > now + TOLERANCE) return 'it was issued in the future';
  return exp - from > LONGEST_LIFE ? 'it lives longer than a day' : undefined;
};

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
