/** The claims of a JWT, read and not verified; undefined for anything that is none. */
export const claimsIn = (jwt: string): unknown => {
  const [, claims = '', signature] = jwt.split('.');
  if (signature === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
};
