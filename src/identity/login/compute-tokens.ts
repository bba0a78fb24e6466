import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { Clock } from '../../clock.ts';
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

/** Asymmetric ones alone: with HMAC a published key would sign. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];
const LONGEST = 16_384;
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]{1,253}):([^:]{1,253})$/;

/** Verifies service-account tokens of Kubernetes clusters. Keys come from the configuration, never from a token. */
export class ComputeTokens {
  readonly #issuers: readonly (ComputeIssuer & { readonly find: JWTVerifyGetKey })[];
  readonly #clock: Clock;

  constructor(issuers: readonly ComputeIssuer[], clock: Clock) {
    this.#issuers = issuers.map((issuer) => ({ ...issuer, find: finderOf(issuer.keys) }));
    this.#clock = clock;
  }

  /** Whether a configured cluster has this issuer. */
  isNamed(issuer: string | undefined): boolean {
    return this.#issuers.some((each) => each.issuer === issuer);
  }

  /** What a token says, or why it is not believed, for the log. */
  async verify(token: string): Promise<ComputeToken | string> {
    const issuer = token.length > LONGEST ? undefined : claimedIssuer(token);
    if (issuer === undefined) return 'the compute resource token is no JWT with an issuer';
    // clusters may share an issuer's name and differ in their keys: whose key verifies it, it is from
    const candidates = this.#issuers.filter((each) => each.issuer === issuer);
    if (candidates.length === 0) return 'no configured cluster has the issuer of this token';
    let fault = '';
    for (const candidate of candidates) {
      try {
        const { payload } = await jwtVerify(token, candidate.find, {
          algorithms: ALGORITHMS,
          issuer: candidate.issuer,
          audience: [...candidate.audiences],
          requiredClaims: ['exp', 'sub', 'iss', 'aud'],
          currentDate: new Date(this.#clock.now()),
        });
        return read(payload, candidate);
      } catch (error) {
        fault = (error as Error).message;
      }
    }
    return `the compute resource token is not valid: ${fault}`;
  }
}

const finderOf = (keys: JSONWebKeySet | URL): JWTVerifyGetKey =>
  keys instanceof URL
    ? createRemoteJWKSet(keys, { timeoutDuration: 5000, cooldownDuration: 30_000, cacheMaxAge: 600_000 })
    : createLocalJWKSet(keys);

const claimedIssuer = (token: string): string | undefined => {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
};

const read = (payload: JWTPayload, { crType, crn }: ComputeIssuer): ComputeToken | string => {
  const [, namespace, name] = SERVICE_ACCOUNT.exec(payload.sub ?? '') ?? [];
  if (namespace === undefined || name === undefined || typeof payload.exp !== 'number')
    return 'the token is not the one of a service account';
  const accountId = /^a\/(.+)$/.exec(crn.split(':')[6] ?? '')?.[1];
  return {
    resource: { crType, crn, namespace, name, accountId, claims: payload },
    expiresAt: payload.exp * 1000,
  };
};
