import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { keyIdOf } from '../key-id.ts';

/** What is kept as a hash, or made as one. A secret of one kind is none of another. */
type SecretKind =
  | 'api-key'
  | 'refresh-token'
  | 'switched-refresh-token'
  | 'one-time-code'
  | 'workload-token'
  | 'session-token'
  | 'device-code'
  | 'user-code'
  | 'login-code'
  | 'sign-in-state'
  | 'sign-in-cookie';

/**
 * The installation's one secret of its own: 32 bytes. From it come the key that seals signing keys and the pepper
 * of secret hashes (P6); the bytes themselves are used for nothing else.
 */
export class MasterKey {
  readonly #sealing: Buffer;
  readonly #pepper: Buffer;
  /** What argon2 mixes into every password: a stolen database alone cannot be guessed at. */
  readonly passwordPepper: Buffer;
  /** Tells which key it is, and nothing of it. */
  readonly id: string;
  readonly #vouching: Buffer;

  constructor(bytes: Uint8Array) {
    if (bytes.length !== 32) throw new Error(`a master key has 32 bytes, not ${bytes.length}`);
    this.#sealing = Buffer.from(hkdfSync('sha256', bytes, '', 'tidegate sealing', 32));
    this.#pepper = Buffer.from(hkdfSync('sha256', bytes, '', 'tidegate pepper', 32));
    this.passwordPepper = Buffer.from(hkdfSync('sha256', bytes, '', 'tidegate passwords', 32));
    this.#vouching = Buffer.from(hkdfSync('sha256', bytes, '', 'tidegate vouching', 32));
    this.id = keyIdOf(bytes);
  }

  static generate(): Buffer {
    return randomBytes(32);
  }

  /** AES-256-GCM, base64. `id` is bound in: a sealed text moved to another row does not open. */
  seal(id: string, plain: Uint8Array): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#sealing, nonce).setAAD(Buffer.from(id));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** Throws when the text was sealed by another master key, for another id, or was altered. */
  open(id: string, text: string): Buffer {
    const bytes = Buffer.from(text, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.#sealing, bytes.subarray(0, 12)).setAAD(
      Buffer.from(id),
    );
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
  }

  /**
   * The form in which a high-entropy secret is kept and looked up: HMAC-SHA-256, hexadecimal. `kind` keeps an API key
   * and a refresh token of the same text apart.
   */
  hashSecret(kind: SecretKind, secret: string): string {
    return createHmac('sha256', this.#pepper).update(kind).update('\0').update(secret).digest('hex');
  }

  /** What only a holder of this key can write for `text`: shows that an installation with this key wrote it. */
  vouchFor(kind: 'backup-manifest' | 'revocation-journal', text: string): string {
    return createHmac('sha256', this.#vouching).update(kind).update('\0').update(text).digest('hex');
  }
}
