import { randomBytes } from 'node:crypto';

const TIME_BYTES = 6;

/**
 * The id of an event: `Event-` and a UUID of version 7 (RFC 9562), which begins with the time. So new rows stand beside
 * each other in every index, and the writer changes few pages.
 */
export const eventId = (at: number): string => {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Math.max(0, Math.trunc(at)), 0, TIME_BYTES);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `Event-${parts.join('-')}`;
};
