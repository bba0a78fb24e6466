import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import type { Jwt } from './jwt.ts';

/** A key that an issuer published, imported once. */
interface PublishedKey {
  readonly jwk: JWK;
  readonly key: KeyObject;
}

interface Algorithm {
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly kty: 'RSA' | 'EC';
  readonly crv?: string;
  readonly options: { padding?: number; saltLength?: number; dsaEncoding?: 'ieee-p1363' };
}

const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants;

const pkcs1 = (hash: Algorithm['hash']): Algorithm => ({
  hash,
  kty: 'RSA',
  options: { padding: RSA_PKCS1_PADDING },
});
const pss = (hash: Algorithm['hash']): Algorithm => ({
  hash,
  kty: 'RSA',
  options: { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST },
});
const ecdsa = (hash: Algorithm['hash'], crv: string): Algorithm => ({
  hash,
  kty: 'EC',
  crv,
  options: { dsaEncoding: 'ieee-p1363' },
});

/** RFC 7518, 3.1. Asymmetric ones alone: with HMAC a published key would sign. */
const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map([
  ['RS256', pkcs1('sha256')],
  ['RS384', pkcs1('sha384')],
  ['RS512', pkcs1('sha512')],
  ['PS256', pss('sha256')],
  ['PS384', pss('sha384')],
  ['PS512', pss('sha512')],
  ['ES256', ecdsa('sha256', 'P-256')],
  ['ES384', ecdsa('sha384', 'P-384')],
  ['ES512', ecdsa('sha512', 'P-521')],
]);

/** Bits of RSA keys: fewer are broken, more take too long on the thread that answers everyone. */
const [LEAST_BITS, MOST_BITS] = [2048, 8192];
/** A larger public exponent makes a signature slow to verify, and nothing else. */
const LARGEST_EXPONENT = 0xffff_ffffn;

/** No key fits the header of a token: the issuer may have published it meanwhile. */
export class NoSuchKey extends Error {
  constructor() {
    super('no key of its issuer fits it');
  }
}

/** The keys of an issuer, imported once; those that cannot be used are left out. */
export class PublishedKeys {
  readonly #keys: readonly PublishedKey[];

  constructor({ keys }: JSONWebKeySet) {
    this.#keys = keys.flatMap((jwk) => imported(jwk) ?? []);
  }

  /**
   * Throws where none of these keys made the signature of a token (RFC 7515, 5.2; RFC 7517, 4). Of its header only `alg` and
   * `kid` are used. A token with a critical header is refused.
   */
  verify({ header, signed, signature }: Jwt): void {
    const { alg, kid, crit } = header;
    const algorithm = typeof alg === 'string' ? ALGORITHMS.get(alg) : undefined;
    if (!algorithm) throw new Error('it is not signed with RS, PS or ES');
    if (crit !== undefined) throw new Error('it has a critical header');
    const [found, ...more] = this.#keys.filter(
      ({ jwk }) =>
        jwk.kty === algorithm.kty &&
        (algorithm.crv === undefined || jwk.crv === algorithm.crv) &&
        (jwk.alg === undefined || jwk.alg === alg) &&
        (kid === undefined || jwk.kid === kid),
    );
    if (!found) throw new NoSuchKey();
    if (more.length > 0) throw new Error('several keys of its issuer fit it');
    const { hash, options } = algorithm;
    const isValid = verify(
      hash,
      Buffer.from(signed),
      { key: found.key, ...options },
      Buffer.from(signature, 'base64url'),
    );
    if (!isValid) throw new Error('its signature is wrong');
  }
}

const imported = (jwk: JWK): PublishedKey | undefined => {
  if (jwk.key_ops !== undefined && !jwk.key_ops.includes('verify')) return undefined;
  try {
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    const { modulusLength: bits = LEAST_BITS, publicExponent = 3n } = key.asymmetricKeyDetails ?? {};
    const isBounded = bits >= LEAST_BITS && bits <= MOST_BITS && publicExponent <= LARGEST_EXPONENT;
    return isBounded ? { jwk, key } : undefined;
  } catch {
    return undefined;
  }
};
