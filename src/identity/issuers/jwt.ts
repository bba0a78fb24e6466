/** A JWT taken apart. Nothing in it is believed yet. */
export interface Jwt {
  readonly text: string;
  /** What its issuer signed: header and claims as they were sent. */
  readonly signed: string;
  readonly signature: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly issuer: string | undefined;
  readonly keyId: string | undefined;
}

/** Bytes of the longest token: an Entra token with 200 groups has about 11 KB. */
const LONGEST_JWT = 16_384;

/** Three parts of base64url, and not too long. */
export const isJwtLike = (text: string): boolean =>
  text.length <= LONGEST_JWT && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);

/** A text that may be a JWT: three parts of base64url, and a JSON header that names an algorithm. Longer ones are not parsed. */
export const parseJwt = (text: string): Jwt | undefined => {
  if (!isJwtLike(text)) return undefined;
  const first = text.indexOf('.');
  const last = text.lastIndexOf('.');
  const header = objectOf(text.slice(0, first));
  if (typeof header?.alg !== 'string') return undefined;
  const claims = objectOf(text.slice(first + 1, last)) ?? {};
  return {
    text,
    signed: text.slice(0, last),
    signature: text.slice(last + 1),
    header,
    claims,
    issuer: typeof claims.iss === 'string' ? claims.iss : undefined,
    keyId: typeof header.kid === 'string' ? header.kid : undefined,
  };
};

const objectOf = (part: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};
