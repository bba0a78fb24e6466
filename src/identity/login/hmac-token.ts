import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SigningKeys } from '../signing-keys/signing-keys.ts';

/** The kinds of token that only this registry reads. Each has its own keys and its own type in the header. */
export type HmacPurpose = 'bearer';

const TYPES: Record<HmacPurpose, string> = { bearer: 'tidegate-bearer+jwt' };

/** Signs claims as a compact JWS (RFC 7515) with HS256 and the purpose's current key. */
export const signHmac = async (keys: SigningKeys, purpose: HmacPurpose, claims: object): Promise<string> => {
  const key = await keys.current(purpose);
  const signed = `${header(purpose, key.id)}.${encode(claims)}`;
  return `${signed}.${mac(key.secret, signed)}`;
};

/**
 * The claims of a token this registry signed for this purpose, or undefined. The header is compared whole with the one
 * we write, so that no algorithm, key or type of the sender's choice is ever followed; only the key id is read from it.
 */
export const verifyHmac = async (
  keys: SigningKeys,
  purpose: HmacPurpose,
  token: string,
): Promise<Record<string, unknown> | undefined> => {
  const [head, payload, signature, ...rest] = token.split('.');
  if (!head || !payload || !signature || rest.length > 0) return undefined;
  const kid = keyId(head);
  const key = kid === undefined ? undefined : await keys.find(purpose, kid);
  if (!key || head !== header(purpose, key.id)) return undefined;
  const expected = Buffer.from(mac(key.secret, `${head}.${payload}`));
  const given = Buffer.from(signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
};

const header = (purpose: HmacPurpose, kid: string): string =>
  encode({ alg: 'HS256', typ: TYPES[purpose], kid });

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const mac = (secret: Buffer, text: string): string =>
  createHmac('sha256', secret).update(text).digest('base64url');

const keyId = (head: string): string | undefined => {
  try {
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString('utf8'));
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
};
