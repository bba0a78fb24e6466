import { createPrivateKey, generateKeyPair, type KeyObject, randomBytes, type webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import type { SigningKeyRow } from '../../database/schema.ts';
import { prefixedId } from '../../ids.ts';
import type { MasterKey } from '../master-key.ts';

export type SigningPurpose = 'access-token' | 'bearer' | 'registry-token' | 'audit-seal';

export const PURPOSES: readonly SigningPurpose[] = ['access-token', 'bearer', 'registry-token', 'audit-seal'];

export interface SigningKey {
  readonly id: string;
  readonly purpose: SigningPurpose;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** HMAC purposes: 32 random bytes. Access tokens and seals: the private key, PKCS#8. */
  readonly secret: Buffer;
  readonly privateKey: KeyObject | undefined;
  readonly publicJwk: webcrypto.JsonWebKey | undefined;
  readonly retired: boolean;
}

/** Opens a key that the master key sealed. Throws where another master key did. */
export const openSigningKey = (row: SigningKeyRow, masterKey: MasterKey): SigningKey => {
  const secret = unseal(row, masterKey);
  const asymmetric = row.public_jwk !== null;
  return {
    id: row.id,
    purpose: row.purpose,
    createdAt: row.created_at,
    secret,
    privateKey: asymmetric ? createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' }) : undefined,
    publicJwk: row.public_jwk === null ? undefined : JSON.parse(row.public_jwk),
    retired: row.retired_at !== null,
  };
};

/** The row of a new key. */
export const makeSigningKey = async (
  purpose: SigningPurpose,
  masterKey: MasterKey,
  now: number,
): Promise<SigningKeyRow> => {
  if (purpose === 'audit-seal') return makeSealKey(masterKey, now);
  if (purpose !== 'access-token') {
    const id = prefixedId('Key');
    const sealed = masterKey.seal(id, randomBytes(32));
    return { id, purpose, sealed, public_jwk: null, created_at: now, retired_at: null };
  }
  // IBM's key ids are the time of creation, 202110180819; ours tell two of one second apart
  const time = new Date(now).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const id = `${time}-${randomBytes(2).toString('hex')}`;
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), alg: 'RS256', kid: id };
  const sealed = masterKey.seal(id, secret);
  return { id, purpose, sealed, public_jwk: JSON.stringify(jwk), created_at: now, retired_at: null };
};

/** Ed25519, as C2SP's checkpoints of logs want it. */
const makeSealKey = async (masterKey: MasterKey, now: number): Promise<SigningKeyRow> => {
  const id = prefixedId('Key');
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ed25519');
  const sealed = masterKey.seal(id, privateKey.export({ format: 'der', type: 'pkcs8' }));
  const jwk = JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid: id });
  return { id, purpose: 'audit-seal', sealed, public_jwk: jwk, created_at: now, retired_at: null };
};

const unseal = (row: SigningKeyRow, masterKey: MasterKey): Buffer => {
  try {
    return masterKey.open(row.id, row.sealed);
  } catch (cause) {
    throw new Error(
      'the master key does not open the signing keys in the database; give the key this installation was created with (TIDEGATE_MASTER_KEY_FILE)',
      { cause },
    );
  }
};
