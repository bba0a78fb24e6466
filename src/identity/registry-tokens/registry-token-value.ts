import { createHmac } from 'node:crypto';
import type { RegistryToken } from './registry-token.ts';

/** The header of 2017, whole: there is nothing in it to choose. */
const HEADER = encode({ alg: 'HS256', typ: 'JWT' });

/**
 * A registry token's value, made from its row: the same row and key always make the same text, so nothing of it is
 * stored. Clients of 2017 decode the payload with the standard alphabet and no padding; JSON in ASCII without `>`, `?`
 * and `~` has neither - nor _ in base64url, and a host name has none of them.
 */
export const registryTokenValue = (
  { id, issuer, expiresAt }: Pick<RegistryToken, 'id' | 'issuer' | 'expiresAt'>,
  secret: Buffer,
): string => {
  const claims = {
    ...(expiresAt === undefined ? {} : { exp: Math.floor(expiresAt / 1000) }),
    jti: id,
    iss: issuer,
  };
  const signed = `${HEADER}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id a text that looks like a registry token claims to have. Says nothing about whether it is one. */
export const claimedTokenId = (text: string): string | undefined => {
  const [head, payload] = text.split('.');
  if (head !== HEADER || !payload) return undefined;
  try {
    const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof jti === 'string' && UUID.test(jti) ? jti : undefined;
  } catch {
    return undefined;
  }
};

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
