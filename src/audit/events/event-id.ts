import { randomBytes } from 'node:crypto';

const TIME_BYTES = 6;
/** The last 62 bits are counted on within a millisecond; below the variant's two bits. */
const COUNTED = (1n << 62n) - 1n;
const VARIANT = 1n << 63n;

let last = { at: -1, head: 0, count: 0n };

/**
 * The id of an event: `Event-` and a UUID of version 7 (RFC 9562), which begins with the time. So new rows stand beside
 * each other in every index, and the writer changes few pages. Ids that one process makes in one millisecond count up:
 * events stand in the order in which they happened.
 */
export const eventId = (at: number): string => {
  const random = randomBytes(16);
  last =
    at === last.at
      ? { ...last, count: (last.count + 1n) & COUNTED }
      : { at, head: random.readUInt16BE(6) & 0x0fff, count: random.readBigUInt64BE(8) & (COUNTED >> 1n) };
  random.writeUIntBE(Math.max(0, Math.trunc(at)), 0, TIME_BYTES);
  random.writeUInt16BE(last.head | 0x7000, TIME_BYTES);
  random.writeBigUInt64BE(last.count | VARIANT, 8);
  const hex = random.toString('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `Event-${parts.join('-')}`;
};
