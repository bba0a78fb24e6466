/*
 * How an object is sealed to a public key:
 *
 *   "TGSEAL1\n"  the public half of a key pair of this object alone (X25519, 32 bytes)  chunks
 *
 * The secret that both pairs share gives the object's key (HKDF-SHA-256, over both public keys and the object's name, so that
 * a sealed object under another name does not open). Each chunk is AES-256-GCM of 64 KiB, the last one of less: its nonce is
 * its number and a byte that says whether it is the last, so that chunks cannot be cut off, repeated or moved.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { RegistryError } from '../../errors.ts';
import type { OpeningKey, SealingKey } from './seal-keys.ts';

const MAGIC = Buffer.from('TGSEAL1\n');
const PUBLIC = 32;
const HEAD = MAGIC.byteLength + PUBLIC;
const CHUNK = 64 * 1024;
const TAG = 16;

/** The size of what `size` bytes become. */
export const sealedSize = (size: number): number => HEAD + size + TAG * Math.max(1, Math.ceil(size / CHUNK));

/** The size of what was sealed; of a length that no sealed object has, some number that is not its. */
export const openedSize = (sealed: number): number => {
  const rest = sealed - HEAD;
  return rest - TAG * Math.max(1, Math.ceil(rest / (CHUNK + TAG)));
};

const rawOf = (publicKey: KeyObject): Buffer =>
  publicKey.export({ type: 'spki', format: 'der' }).subarray(-PUBLIC);

/** X25519's SubjectPublicKeyInfo before the 32 bytes of the key (RFC 8410). */
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');

const publicOf = (raw: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' });

const objectKey = (shared: Buffer, own: Buffer, theirs: Buffer, name: string): Buffer =>
  Buffer.from(hkdfSync('sha256', shared, Buffer.concat([own, theirs]), `tidegate backup object ${name}`, 32));

const nonceOf = (number: number, isLast: boolean): Buffer => {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(number), 3);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
};

/** Seals the object `name` to the key. */
export async function* seal(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  to: SealingKey,
): AsyncIterable<Uint8Array> {
  const own = generateKeyPairSync('x25519');
  const shared = diffieHellman({ privateKey: own.privateKey, publicKey: to.key });
  const ownRaw = rawOf(own.publicKey);
  const key = objectKey(shared, ownRaw, rawOf(to.key), name);
  yield Buffer.concat([MAGIC, ownRaw]);
  let number = 0;
  for await (const { chunk, isLast } of chunksOf(bytes, CHUNK)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number++, isLast));
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  }
}

/** The bytes that were sealed. What was altered, cut off, moved or sealed to another key is refused before it is passed on. */
export async function* unseal(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  by: OpeningKey,
): AsyncIterable<Uint8Array> {
  const { head, rest } = await headOf(name, bytes);
  const raw = head.subarray(MAGIC.byteLength);
  const key = openingKeyOf(name, raw, by);
  let number = 0;
  for await (const { chunk, isLast } of chunksOf(rest, CHUNK + TAG)) {
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number++, isLast));
    let opened: Buffer;
    try {
      decipher.setAuthTag(chunk.subarray(-TAG));
      opened = Buffer.concat([decipher.update(chunk.subarray(0, -TAG)), decipher.final()]);
    } catch (cause) {
      throw damaged(name, cause);
    }
    if (opened.byteLength > 0) yield opened;
  }
}

const openingKeyOf = (name: string, raw: Buffer, by: OpeningKey): Buffer => {
  try {
    const shared = diffieHellman({ privateKey: by.key, publicKey: publicOf(raw) });
    return objectKey(shared, raw, rawOf(by.publicKey), name);
  } catch (cause) {
    throw damaged(name, cause);
  }
};

const damaged = (name: string, cause?: unknown): RegistryError =>
  new RegistryError('DIGEST_INVALID', {
    message: `${name} does not open: it was sealed to another key, or is damaged`,
    cause,
  });

/** Pieces of exactly `size` bytes; the last may be shorter, and is the only one that can be empty. */
async function* chunksOf(
  bytes: AsyncIterable<Uint8Array>,
  size: number,
): AsyncIterable<{ chunk: Buffer; isLast: boolean }> {
  // two of them, so that the piece before the end is known not to be the last
  let full = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const each of bytes) {
    for (let at = 0; at < each.byteLength; ) {
      if (filled === size) {
        yield { chunk: full, isLast: false };
        full = Buffer.allocUnsafe(size);
        filled = 0;
      }
      const taken = each.subarray(at, at + size - filled);
      full.set(taken, filled);
      filled += taken.byteLength;
      at += taken.byteLength;
    }
  }
  yield { chunk: full.subarray(0, filled), isLast: true };
}

const headOf = async (
  name: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ head: Buffer; rest: AsyncIterable<Uint8Array> }> => {
  const source = bytes[Symbol.asyncIterator]();
  let begun: Buffer = Buffer.alloc(0);
  while (begun.byteLength < HEAD) {
    const next = await source.next();
    if (next.done) throw damaged(name);
    begun = Buffer.concat([begun, next.value]);
  }
  if (!begun.subarray(0, MAGIC.byteLength).equals(MAGIC)) {
    await source.return?.();
    throw damaged(name);
  }
  return { head: begun.subarray(0, HEAD), rest: restOf(begun.subarray(HEAD), source) };
};

async function* restOf(first: Uint8Array, source: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    if (first.byteLength > 0) yield first;
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
  } finally {
    await source.return?.();
  }
}
