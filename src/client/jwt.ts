/** The bytes of base64url as text. */
const textOf = (base64url: string): string => {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
};

/** The claims of a JWT, read and not verified; undefined where the text is not a JWT. */
export const claimsIn = (jwt: string): unknown => {
  const [, claims = '', signature] = jwt.split('.');
  if (signature === undefined) return undefined;
  try {
    return JSON.parse(textOf(claims));
  } catch {
    return undefined;
  }
};
