import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import type { SigningKey } from '../../identity/room.ts';

/**
 * Notes signed with Ed25519, as C2SP's signed-note says: a text, an empty line, and lines of signatures, each with the name of
 * a key, and the beginning of its hash before the signature.
 */
const ED25519 = Buffer.from([1]);
const KEY_HASH_BYTES = 4;
const SIGNATURE_LINE = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/;
/** The most signatures that are looked at: others may have signed beside. */
const MOST_SIGNATURES = 20;

const LONGEST_NOTE = 8192;

/** The public half, from the sealed private one: what stands in the database beside it could be another's. */
const publicKeyOf = ({ privateKey }: SigningKey): KeyObject => {
  if (!privateKey) throw new Error('a key of seals has no private half');
  return createPublicKey(privateKey);
};

const rawKeyOf = (key: SigningKey): Buffer =>
  Buffer.from(String(publicKeyOf(key).export({ format: 'jwk' }).x ?? ''), 'base64url');

const keyHashOf = (name: string, key: SigningKey): Buffer =>
  hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), ED25519, rawKeyOf(key)]), 'buffer').subarray(
    0,
    KEY_HASH_BYTES,
  );

/** The key as verifiers of notes take it: `<name>+<hash>+<key>`. */
export const verifierKeyOf = (name: string, key: SigningKey): string =>
  [
    name,
    keyHashOf(name, key).toString('hex'),
    Buffer.concat([ED25519, rawKeyOf(key)]).toString('base64'),
  ].join('+');

/** The signature alone. */
export const signText = (text: string, key: SigningKey): string => {
  if (!key.privateKey) throw new Error('a key of seals has no private half');
  return sign(null, Buffer.from(text), key.privateKey).toString('base64');
};

export const isSignedBy = (text: string, signature: string, key: SigningKey): boolean =>
  verify(null, Buffer.from(text), publicKeyOf(key), Buffer.from(signature, 'base64'));

/** A note from its text, which ends in a line feed, and a signature of it. */
export const noteOf = (text: string, name: string, key: SigningKey, signature: string): string => {
  const signed = Buffer.concat([keyHashOf(name, key), Buffer.from(signature, 'base64')]);
  return `${text}\n— ${name} ${signed.toString('base64')}\n`;
};

/** The text of a note, and the key among these that has signed it; undefined for what is no note. */
export const openNote = (
  note: string,
  keys: readonly SigningKey[],
): { readonly text: string; readonly key: SigningKey | undefined } | undefined => {
  if (note.length > LONGEST_NOTE) return undefined;
  const end = note.lastIndexOf('\n\n');
  if (end < 0) return undefined;
  const text = note.slice(0, end + 1);
  const lines = note
    .slice(end + 2)
    .split('\n')
    .filter(Boolean);
  if (lines.length === 0 || lines.length > MOST_SIGNATURES) return undefined;
  const signatures = lines.map((line) => SIGNATURE_LINE.exec(line));
  if (signatures.includes(null)) return undefined;
  for (const [, name = '', signed = ''] of signatures.filter((found) => found !== null)) {
    const bytes = Buffer.from(signed, 'base64');
    const signature = bytes.subarray(KEY_HASH_BYTES).toString('base64');
    const key = keys.find(
      (each) =>
        keyHashOf(name, each).equals(bytes.subarray(0, KEY_HASH_BYTES)) && isSignedBy(text, signature, each),
    );
    if (key) return { text, key };
  }
  return { text, key: undefined };
};
