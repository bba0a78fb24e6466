import { createHash, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';

/**
 * The name of a secret key: tells which key it is and nothing of the key itself, so that it may be printed, kept and sent.
 */
export const keyIdOf = (key: Uint8Array): string =>
  Buffer.from(hkdfSync('sha256', key, '', 'tidegate key id', 8)).toString('hex');

/** The name of a public key. */
export const publicKeyIdOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);

/** A new pair that backups can be sealed with, each half in PEM. */
export const newKeyPair = (): { id: string; publicPem: string; privatePem: string } => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return {
    id: publicKeyIdOf(publicKey),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
};
