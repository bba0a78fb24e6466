import { createPublicKey, hash, randomUUID } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.ts';
import type { Identity } from '../../principal.ts';
import type { AccountSettings } from '../settings/account-settings.ts';
import type { SigningKeys } from '../signing-keys/signing-keys.ts';
import { type ChainLink, type Credential, parseChain, printChain } from './credential.ts';
import type { TokenSubject } from './token-subject.ts';

export interface AccessTokenRequest {
  readonly subject: TokenSubject;
  /** Who really signed in; the subject itself unless a profile was assumed. */
  readonly authenticated: Authenticated;
  readonly chain: readonly ChainLink[];
  readonly grantType: string;
  readonly clientId: string;
  readonly sessionId: string | undefined;
  /** What it came from expires then; the token never outlives it. */
  readonly notAfter: number | undefined;
}

/** What signed in; of a compute resource there is nothing but an id. */
export type Authenticated = Omit<TokenSubject, 'identity'> & {
  readonly identity: Pick<Identity, 'iamId'>;
};

export interface AccessToken {
  readonly token: string;
  /** Epoch seconds. */
  readonly expiration: number;
  readonly expiresIn: number;
}

interface Verified {
  readonly kid: string;
  readonly credential: Credential;
}

/** IAM access tokens: RS256 with IBM's claims, verifiable by anyone with the published keys. */
export class AccessTokens {
  readonly #keys: SigningKeys;
  readonly #clock: Clock;
  readonly #settings: AccountSettings;
  readonly #issuer: string;
  /** Verified tokens by the hash of their text; the signing key, expiry and liveness are asked each time. */
  readonly #verified = new LRUCache<string, Verified>({ maxSize: 20_000, sizeCalculation: () => 1 });

  constructor(keys: SigningKeys, clock: Clock, settings: AccountSettings, issuer: string) {
    this.#keys = keys;
    this.#clock = clock;
    this.#settings = settings;
    this.#issuer = issuer;
  }

  /** It lives as long as the account has settled, or as what it came from where that is shorter. */
  async mint(request: AccessTokenRequest): Promise<AccessToken> {
    const { accessToken } = await this.#settings.of(request.subject.identity.accountId);
    const issuedAt = Math.floor(this.#clock.now() / 1000);
    const latest =
      request.notAfter === undefined ? Number.POSITIVE_INFINITY : Math.floor(request.notAfter / 1000);
    const expiration = Math.min(issuedAt + accessToken / 1000, latest);
    const key = await this.#keys.current('access-token');
    if (!key.privateKey) throw new Error('the access token key is not an RSA key');
    const token = await new SignJWT(claimsOf(request))
      .setProtectedHeader({ kid: key.id, alg: 'RS256' })
      .setIssuer(this.#issuer)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiration)
      .setJti(randomUUID())
      .sign(key.privateKey);
    return { token, expiration, expiresIn: expiration - issuedAt };
  }

  /** The credential an access token of ours stands for, expired or not; undefined for anything else. */
  async verify(token: string): Promise<Credential | undefined> {
    const text = hash('sha256', token);
    const known = this.#verified.get(text);
    if (!known) return this.#verifyNew(token, text);
    // what a retired key signed is not accepted any more
    return (await this.#keys.find('access-token', known.kid)) && known.credential;
  }

  async #verifyNew(token: string, text: string): Promise<Credential | undefined> {
    try {
      const { kid } = decodeProtectedHeader(token);
      const key = kid === undefined ? undefined : await this.#keys.find('access-token', kid);
      if (kid === undefined || !key?.publicJwk) return undefined;
      // the key is ours, found by id; algorithm and issuer are fixed; expiry is judged by the caller's clock
      const { payload } = await jwtVerify(token, createPublicKey({ key: key.publicJwk, format: 'jwk' }), {
        algorithms: ['RS256'],
        issuer: this.#issuer,
        currentDate: new Date(0),
      });
      const credential = credentialOf(payload);
      if (credential) this.#verified.set(text, { kid, credential });
      return credential;
    } catch {
      // not a JWS, a wrong signature, another issuer: it is not a token of ours
      return undefined;
    }
  }
}

const claimsOf = ({
  subject,
  authenticated,
  chain,
  grantType,
  clientId,
  sessionId,
}: AccessTokenRequest): Record<string, unknown> => {
  const { identity } = subject;
  const [realm = '', ...rest] = identity.iamId.split('-');
  return {
    iam_id: identity.iamId,
    id: identity.iamId,
    realmid: realm,
    identifier: rest.join('-'),
    ...claimsOfSubject(subject),
    ...(subject.subType === 'ServiceId' ? { unique_instance_crns: [] } : {}),
    // who really signed in: differs from the rest after assuming a profile
    authn: { iam_id: authenticated.identity.iamId, ...claimsOfSubject(authenticated) },
    account: { boundary: 'global', valid: true, bss: identity.accountId },
    grant_type: grantType,
    scope: 'ibm openid',
    client_id: clientId,
    acr: 1,
    amr: ['pwd'],
    ...(sessionId === undefined ? {} : { session_id: sessionId }),
    // ours: what the token came from, each checked alive at every use
    chain: printChain(chain),
  };
};

const claimsOfSubject = ({ sub, subType, name, givenName, familyName, email }: Authenticated): object => ({
  sub,
  ...(subType === undefined
    ? { name, given_name: givenName, family_name: familyName, email }
    : { sub_type: subType, name }),
});

/** Which kind of identity a `sub_type` says; a token is read only if it says a known one. */
const KINDS = new Map<unknown, Identity['kind']>([
  [undefined, 'user'],
  ['ServiceId', 'service-id'],
  ['Profile', 'profile'],
]);

const credentialOf = (payload: Record<string, unknown>): Credential | undefined => {
  const { iam_id: iamId, account, chain, exp, sub_type: subType } = payload;
  const accountId = (account as { bss?: unknown } | undefined)?.bss;
  const links = parseChain(chain);
  const kind = KINDS.get(subType);
  if (typeof iamId !== 'string' || typeof accountId !== 'string' || typeof exp !== 'number') return undefined;
  if (!links || !kind) return undefined;
  return {
    kind: 'access-token',
    principal: { kind, iamId, accountId },
    chain: links,
    expiresAt: exp * 1000,
  };
};
