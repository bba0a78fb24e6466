import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'tdg_';
const RANDOM_CHARACTERS = 34;

/**
 * A new API key's secret: 44 URL-safe characters as IBM's, of which 34 are random (204 bits). The prefix lets scanners
 * recognise a leaked one, the six characters at the end let anyone tell a real one from a typing error offline.
 */
export const newApiKeySecret = (): string => {
  const random = randomBytes(26).toString('base64url').slice(0, RANDOM_CHARACTERS);
  return `${PREFIX}${random}${checksum(random)}`;
};

/** True for a text that newApiKeySecret may have made. */
export const looksLikeApiKey = (text: string): boolean =>
  text.length === PREFIX.length + RANDOM_CHARACTERS + 6 &&
  text.startsWith(PREFIX) &&
  text.slice(-6) === checksum(text.slice(PREFIX.length, -6));

const checksum = (text: string): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64url');
};
