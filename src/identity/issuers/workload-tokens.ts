import { type JWTPayload, jwtVerify } from 'jose';
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

/** Asymmetric ones alone: with HMAC a published key would sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];

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
  async verify({ text, issuer }: Jwt): Promise<WorkloadToken | string> {
    const candidates = issuer === undefined ? [] : this.#issuers.named(issuer);
    let fault = 'no declared issuer has the iss of this token';
    for (const candidate of candidates) {
      const link = await this.#issuers.link(candidate.name);
      const found = typeof link === 'string' ? link : await this.#verifyBy(candidate, text);
      if (typeof found !== 'string') return found;
      fault = found;
    }
    return `the token is not valid: ${fault}`;
  }

  async #verifyBy(issuer: OpenIssuer, text: string): Promise<WorkloadToken | string> {
    const now = this.#clock.now();
    try {
      const { payload } = await jwtVerify(text, issuer.keySet.find, {
        algorithms: ALGORITHMS,
        issuer: issuer.issuer,
        audience: [...issuer.audiences],
        requiredClaims: ['exp', 'iss', 'aud', 'sub'],
        clockTolerance: TOLERANCE,
        currentDate: new Date(now),
      });
      const fault = faultOf(payload, issuer, now / 1000);
      return fault ?? { issuer, claims: payload, expiresAt: (payload.exp ?? 0) * 1000 };
    } catch (error) {
      return (error as Error).message;
    }
  }
}

const faultOf = (
  { aud, sub, exp = 0, iat, nbf }: JWTPayload,
  issuer: OpenIssuer,
  now: number,
): string | undefined => {
  // another audience could send the token on
  if (![aud].flat().every((each) => each !== undefined && issuer.audiences.includes(each)))
    return 'the token is also for another audience';
  if (typeof sub !== 'string' || sub === '' || sub.length > 1000) return 'the token has no subject';
  const from = iat ?? nbf;
  if (from === undefined) return 'the token does not say when it was issued';
  if (from > now + TOLERANCE) return 'the token was issued in the future';
  if (exp - from > LONGEST_LIFE) return 'the token lives longer than a day';
  return undefined;
};
