import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { RegistryError } from '../../errors.ts';
import { publicKeyIdOf } from '../../key-id.ts';

/** The key that objects are sealed to. Who has it can write backups and read none. */
export interface SealingKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The other half, kept away from the server. */
export interface OpeningKey extends SealingKey {
  readonly publicKey: KeyObject;
}

const invalid = (what: string): RegistryError =>
  new RegistryError('BAD_REQUEST', {
    message: `this is not ${what} of backups in PEM (X25519), as tidegate backup keygen makes it`,
  });

export const parseSealingKey = (pem: string): SealingKey => {
  try {
    if (/PRIVATE/.test(pem)) throw new Error('a private key has no place on the server');
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'x25519') return { id: publicKeyIdOf(key), key };
  } catch {
    // said below
  }
  throw invalid('the public key');
};

export const parseOpeningKey = (pem: string): OpeningKey => {
  try {
    const key = createPrivateKey(pem);
    const publicKey = createPublicKey(key);
    if (key.asymmetricKeyType === 'x25519') return { id: publicKeyIdOf(publicKey), key, publicKey };
  } catch {
    // said below
  }
  throw invalid('the private key');
};

export const printSealingKey = ({ key }: SealingKey): string =>
  key.export({ type: 'spki', format: 'pem' }).toString();
