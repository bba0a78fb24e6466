import { createPublicKey, hash, randomUUID } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { UserRow } from '../metadata/schema.ts';
import { type ChainLink, type Credential, parseChain, printChain } from './credential.ts';
import { ACCESS_TOKEN } from './lifetimes.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface AccessTokenRequest {
  readonly user: UserRow;
  readonly accountId: string;
  readonly chain: readonly ChainLink[];
  readonly grantType: string;
  readonly clientId: string;
  readonly sessionId: string | undefined;
  /** What it came from expires then; the token never outlives it. */
  readonly notAfter: number | undefined;
}

export interface AccessToken {
  readonly token: string;
  /** Epoch seconds. */
  readonly expiration: number;
  readonly expiresIn: number;
}

/** IAM access tokens: RS256 with IBM's claims, verifiable by anyone with the published keys (facts 3.2). */
export class AccessTokens {
  readonly #keys: SigningKeys;
  readonly #clock: Clock;
  readonly #issuer: string;
  /** Verified tokens by the hash of their text; expiry and liveness are asked each time. */
  readonly #verified = new LRUCache<string, Credential>({ maxSize: 20_000, sizeCalculation: () => 1 });

  constructor(keys: SigningKeys, clock: Clock, issuer: string) {
    this.#keys = keys;
    this.#clock = clock;
    this.#issuer = issuer;
  }

  async mint(request: AccessTokenRequest): Promise<AccessToken> {
    const issuedAt = Math.floor(this.#clock.now() / 1000);
    const latest =
      request.notAfter === undefined ? Number.POSITIVE_INFINITY : Math.floor(request.notAfter / 1000);
    const expiration = Math.min(issuedAt + ACCESS_TOKEN / 1000, latest);
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
    const known = hash('sha256', token);
    return this.#verified.get(known) ?? this.#verifyNew(token, known);
  }

  async #verifyNew(token: string, known: string): Promise<Credential | undefined> {
    try {
      const { kid } = decodeProtectedHeader(token);
      const key = kid === undefined ? undefined : await this.#keys.find('access-token', kid);
      if (!key?.publicJwk) return undefined;
      // the key is ours, found by id; algorithm and issuer are fixed; expiry is judged by the caller's clock
      const { payload } = await jwtVerify(token, createPublicKey({ key: key.publicJwk, format: 'jwk' }), {
        algorithms: ['RS256'],
        issuer: this.#issuer,
        currentDate: new Date(0),
      });
      const credential = credentialOf(payload);
      if (credential) this.#verified.set(known, credential);
      return credential;
    } catch {
      // not a JWS, a wrong signature, a foreign issuer: whatever it is, it is not a token of ours
      return undefined;
    }
  }
}

const claimsOf = ({
  user,
  accountId,
  chain,
  grantType,
  clientId,
  sessionId,
}: AccessTokenRequest): Record<string, unknown> => {
  const [realm = '', ...rest] = user.iam_id.split('-');
  const names = {
    name: `${user.first_name} ${user.last_name}`.trim(),
    given_name: user.first_name,
    family_name: user.last_name,
  };
  return {
    iam_id: user.iam_id,
    id: user.iam_id,
    realmid: realm,
    identifier: rest.join('-'),
    ...names,
    email: user.email,
    sub: user.user_name,
    authn: { sub: user.user_name, iam_id: user.iam_id, ...names, email: user.email },
    account: { boundary: 'global', valid: true, bss: accountId },
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

const credentialOf = (payload: Record<string, unknown>): Credential | undefined => {
  const {
    iam_id: iamId,
    account,
    chain,
    exp,
  } = payload as { iam_id?: unknown; account?: { bss?: unknown }; chain?: unknown; exp?: unknown };
  const links = parseChain(chain);
  if (typeof iamId !== 'string' || typeof account?.bss !== 'string' || typeof exp !== 'number' || !links)
    return undefined;
  return {
    kind: 'access-token',
    principal: { kind: 'user', iamId, accountId: account.bss },
    chain: links,
    expiresAt: exp * 1000,
  };
};
