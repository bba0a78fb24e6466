export interface BasicCredentials {
  readonly userName: string;
  readonly password: string;
}

/** `Authorization: Basic …` (RFC 7617), or undefined for any other or malformed header. */
export const parseBasic = (header: string | undefined): BasicCredentials | undefined => {
  const encoded = header === undefined ? undefined : /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { userName: text.slice(0, colon), password: text.slice(colon + 1) };
};

/** The token of `Authorization: Bearer …`, or undefined. */
export const parseBearer = (header: string | undefined): string | undefined =>
  header !== undefined && /^bearer /i.test(header) ? header.slice(7).trim() : undefined;
