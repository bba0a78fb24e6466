import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.ts';
import type { ScopeAction } from '../../oci/scope.ts';
import { isIdentity, type Principal } from '../../principal.ts';
import type { SigningKeys } from '../signing-keys/signing-keys.ts';
import { type ChainLink, type Credential, parseChain, printChain } from './credential.ts';
import { signHmac, verifyHmac } from './hmac-token.ts';
import { BEARER } from './lifetimes.ts';

/** What was asked of one repository, bound to the namespace as it was then: a recreated one is another. */
export interface AskedScope {
  readonly name: string;
  readonly actions: readonly ScopeAction[];
  /** Empty when there was no such namespace: then the scope covers nothing. */
  readonly namespaceId: string;
}

/** A docker bearer, verified. It says what was asked, not what is allowed. */
export interface Bearer {
  readonly regionId: string;
  readonly credential: Credential;
  readonly asked: readonly AskedScope[];
  readonly catalog: boolean;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

interface BearerClaims {
  iat: number;
  exp: number;
  reg: string;
  sub: string[];
  chain: string[];
  end?: number;
  asked: [name: string, namespaceId: string, actions: string][];
  cat?: 1;
}

/** Mints and verifies docker bearers (HMAC; only this registry reads them). */
export class Bearers {
  readonly #keys: SigningKeys;
  readonly #clock: Clock;
  /** Verified bearers by their text. Only the signature's result is kept: expiry and liveness are asked each time. */
  readonly #verified = new LRUCache<string, Bearer>({
    max: 20_000,
    maxSize: 32 << 20,
    sizeCalculation: (_, text) => text.length + 500,
  });

  constructor(keys: SigningKeys, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  async mint(
    credential: Credential,
    regionId: string,
    asked: readonly AskedScope[],
    catalog: boolean,
  ): Promise<{ token: string; issuedAt: number; expiresIn: number }> {
    const issuedAt = Math.floor(this.#clock.now() / 1000);
    const expiresIn = BEARER / 1000;
    const claims: BearerClaims = {
      iat: issuedAt,
      exp: issuedAt + expiresIn,
      reg: regionId,
      sub: printPrincipal(credential.principal),
      chain: printChain(credential.chain),
      asked: asked.map(({ name, namespaceId, actions }) => [name, namespaceId, actions.join(',')]),
    };
    if (credential.expiresAt !== undefined) claims.end = credential.expiresAt;
    if (catalog) claims.cat = 1;
    return { token: await signHmac(this.#keys, 'bearer', claims), issuedAt, expiresIn };
  }

  /** The bearer if this registry made it; whether it has expired or been revoked is for the caller to ask. */
  async verify(token: string): Promise<Bearer | undefined> {
    // while the change feed is stale, a retirement may not be known: verify the signature again
    const known = this.#keys.areFresh ? this.#verified.get(token) : undefined;
    if (known) return known;
    const bearer = parseClaims(await verifyHmac(this.#keys, 'bearer', token));
    if (bearer) this.#verified.set(token, bearer);
    return bearer;
  }

  /** Forgets verified bearers: a signing key was retired. */
  forget(): void {
    this.#verified.clear();
  }
}

const printPrincipal = (principal: Principal): string[] => {
  if (isIdentity(principal)) return [principal.kind, principal.accountId, principal.iamId];
  if (principal.kind === 'registry-token') return ['registry-token', principal.accountId, principal.id];
  if (principal.kind === 'anonymous') return ['anonymous'];
  throw new Error(`no bearer for ${principal.kind}`);
};

const parsePrincipal = (value: unknown): Principal | undefined => {
  if (!Array.isArray(value)) return undefined;
  const [kind, accountId, id] = value;
  if (kind === 'anonymous') return { kind };
  if (typeof accountId !== 'string' || typeof id !== 'string') return undefined;
  if (kind === 'user' || kind === 'service-id' || kind === 'profile') return { kind, accountId, iamId: id };
  return kind === 'registry-token' ? { kind, accountId, id } : undefined;
};

/** A bearer with a claim that is missing or not understood is refused as a whole. */
const parseClaims = (claims: Record<string, unknown> | undefined): Bearer | undefined => {
  if (
    !claims ||
    typeof claims.exp !== 'number' ||
    typeof claims.reg !== 'string' ||
    !Array.isArray(claims.asked)
  )
    return undefined;
  const principal = parsePrincipal(claims.sub);
  const chain: ChainLink[] | undefined = principal?.kind === 'anonymous' ? [] : parseChain(claims.chain);
  if (!principal || !chain) return undefined;
  const asked = (claims.asked as BearerClaims['asked']).map(([name, namespaceId, actions]) => ({
    name,
    namespaceId,
    actions: actions.split(',') as ScopeAction[],
  }));
  const expiresAt = typeof claims.end === 'number' ? claims.end : undefined;
  return {
    regionId: claims.reg,
    credential: { kind: 'access-token', principal, chain, expiresAt },
    asked,
    catalog: claims.cat === 1,
    expiresAt: claims.exp * 1000,
  };
};
