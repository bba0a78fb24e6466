import type { JSONWebKeySet } from 'jose';
import type { Clock } from '../../clock.ts';
import { type Jwt, parseJwt } from '../issuers/jwt.ts';
import { readKeys } from '../issuers/key-fetch.ts';
import { KeySet } from '../issuers/key-set.ts';
import type { ComputeResource } from '../profiles/trust-matching.ts';

/** A cluster whose service accounts may become trusted profiles, as the operator configured it. */
export interface ComputeIssuer {
  /** `iss` of its tokens, compared whole. */
  readonly issuer: string;
  /** Tokens must be for one of these. */
  readonly audiences: readonly string[];
  /** IBM's kind of compute resource: IKS_SA, ROKS_SA. */
  readonly crType: string;
  /** The cluster's CRN, which names its account. */
  readonly crn: string;
  /** Its public keys, or where they are; the only outbound call, and only if the operator wants it. */
  readonly keys: JSONWebKeySet | URL;
}

export interface ComputeToken {
  readonly resource: ComputeResource & { readonly accountId: string | undefined };
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]{1,253}):([^:]{1,253})$/;

/** Verifies service-account tokens of Kubernetes clusters. Keys come from the configuration, never from a token. */
export class ComputeTokens {
  readonly #issuers: readonly (ComputeIssuer & { readonly keySet: KeySet })[];
  readonly #clock: Clock;

  constructor(issuers: readonly ComputeIssuer[], clock: Clock) {
    this.#issuers = issuers.map((issuer) => ({ ...issuer, keySet: keySetOf(issuer.keys, clock) }));
    this.#clock = clock;
  }

  /** Whether a configured cluster has this issuer. */
  isNamed(issuer: string | undefined): boolean {
    return this.#issuers.some((each) => each.issuer === issuer);
  }

  /** What a token says, or why it is not believed, for the log. */
  async verify(token: string): Promise<ComputeToken | string> {
    const jwt = parseJwt(token);
    const issuer = jwt?.issuer;
    if (!jwt || issuer === undefined) return 'the compute resource token is no JWT with an issuer';
    // clusters may share an issuer's name and differ in their keys: whose key verifies it, it is from
    const candidates = this.#issuers.filter((each) => each.issuer === issuer);
    if (candidates.length === 0) return 'no configured cluster has the issuer of this token';
    let fault = '';
    for (const candidate of candidates) {
      try {
        await candidate.keySet.verify(jwt);
        const found = read(jwt.claims, candidate, this.#clock.now() / 1000);
        if (typeof found !== 'string') return found;
        fault = found;
      } catch (error) {
        fault = (error as Error).message;
      }
    }
    return `the compute resource token is not valid: ${fault}`;
  }
}

/** An address is asked as those of declared issuers are: twice a minute at most, for 1 MiB, without redirects. */
const keySetOf = (keys: JSONWebKeySet | URL, clock: Clock): KeySet =>
  new KeySet(keys instanceof URL ? { ask: () => readKeys(keys) } : keys, clock);

/** What claims say that the cluster signed, or why they do not count now. `now` in seconds. */
const read = (
  claims: Jwt['claims'],
  { audiences, crType, crn }: ComputeIssuer,
  now: number,
): ComputeToken | string => {
  const { aud, sub, exp, nbf } = claims;
  if (![aud].flat().some((name) => audiences.some((each) => each === name)))
    return 'it is for another audience';
  if (typeof exp !== 'number' || !Number.isFinite(exp)) return 'it does not say when it ends';
  if (exp <= now) return 'it has expired';
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= now)) return 'it is not valid yet';
  const [, namespace, name] = SERVICE_ACCOUNT.exec(typeof sub === 'string' ? sub : '') ?? [];
  if (namespace === undefined || name === undefined) return 'it is not the one of a service account';
  const accountId = /^a\/(.+)$/.exec(crn.split(':')[6] ?? '')?.[1];
  return { resource: { crType, crn, namespace, name, accountId, claims }, expiresAt: exp * 1000 };
};
